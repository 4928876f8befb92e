/**
 * A verifier over a clock that a test moves, and what it counted and warned of.
 */
import type { JWK } from 'jose'
import { onTestFinished } from 'vitest'
import { AccessCounters } from '../../src/access/counters.ts'
import type { Identity, Verifier } from '../../src/access/identity.ts'
import { createVerifier, type VerifierSettings } from '../../src/access/verifier.ts'
import { ProtocolError } from '../../src/protocol/faults.ts'
import { temporaryFile } from './temporary-file.ts'
import { AUDIENCE, ISSUER, SECRET } from './tokens.ts'

/** The wall clock of all of them, a whole second. */
export const NOW_MS = 1_700_000_000_000

export class TestVerifier {
  /** The clock that only runs on. */
  nowMs = 0
  readonly verifier: Verifier
  readonly counters = new AccessCounters()
  readonly warnings: string[] = []

  constructor(settings: Partial<VerifierSettings>, timeoutMs = 5_000) {
    const defaults = { jwtSecret: null, jwks: null, jwtAlgorithms: [], publicTopics: [] }
    this.verifier = createVerifier(
      { ...defaults, jwtIssuer: ISSUER, jwtAudience: AUDIENCE, ...settings },
      {
        wallMs: () => NOW_MS,
        nowMs: () => this.nowMs,
        warn: (what, why) => void this.warnings.push(`${what}: ${why}`),
        counters: this.counters,
        timeoutMs,
      },
    )
  }

  static bySecret(settings: Partial<VerifierSettings> = {}): TestVerifier {
    return new TestVerifier({ jwtSecret: SECRET, ...settings })
  }

  /** By a file that holds these keys. */
  static async byKeys(
    keys: readonly JWK[],
    settings: Partial<VerifierSettings> = {},
  ): Promise<TestVerifier> {
    const file = await temporaryFile('jwks.json', JSON.stringify({ keys }))
    onTestFinished(() => file.remove())
    return new TestVerifier({ jwks: file.path, ...settings })
  }

  verify(token: string): Promise<Identity> {
    return this.verifier.verify(token)
  }

  /** With what a token is refused; fails where it is not, or where anything else is thrown. */
  async refusal(token: string): Promise<ProtocolError> {
    const error = await this.verify(token).then(
      () => new Error('it was accepted'),
      (thrown: unknown) => thrown,
    )
    if (error instanceof ProtocolError) return error
    throw error
  }

  /** The reasons that were counted. */
  failed(): Record<string, number> {
    return Object.fromEntries(Object.entries(this.counters.failures).filter(([, n]) => n > 0))
  }
}
