/**
 * A verifier that a test answers by hand, and a session whose tokens it checks.
 */
import { AccessCounters } from '../../src/access/counters.ts'
import { entitlementsOf, publicEntitlements } from '../../src/access/entitlements.ts'
import type { Entitlements, Identity, Verifier } from '../../src/access/identity.ts'
import { type FaultName, ProtocolError } from '../../src/protocol/faults.ts'
import type { Limits } from '../../src/protocol/messages.ts'
import type { AuthClient } from '../../src/session/authentication.ts'
import { Deadlines } from '../../src/session/deadlines.ts'
import { Roster } from '../../src/session/roster.ts'
import { type Fanout, TICK_MS } from './fanout.ts'
import { settle } from './manual-time.ts'
import { TestSession } from './session.ts'
import type { AnyMessage } from './state.ts'

export const NOTICE_MS = 60_000

export class ManualVerifier implements Verifier {
  readonly anonymous: Identity
  readonly isAnythingPublic: boolean
  /** The tokens that are being checked. */
  readonly tokens: string[] = []
  private readonly open: Entitlements
  private readonly waiting: { resolve(identity: Identity): void; reject(error: Error): void }[] = []

  constructor(publicTopics: readonly string[] = []) {
    this.open = publicEntitlements(publicTopics)
    this.isAnythingPublic = publicTopics.length > 0
    const expiresAtMs = Number.POSITIVE_INFINITY
    this.anonymous = { subject: null, expiresAtMs, entitlements: this.open }
  }

  identity(subject: string, topics: readonly unknown[], expiresAtMs = 1e12): Identity {
    return { subject, expiresAtMs, entitlements: entitlementsOf(topics, this.open) }
  }

  verify(token: string): Promise<Identity> {
    this.tokens.push(token)
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }))
  }

  /** Finds the oldest of the tokens good. */
  async accept(subject: string, topics: readonly unknown[], expiresAtMs?: number): Promise<void> {
    this.tokens.shift()
    this.waiting.shift()!.resolve(this.identity(subject, topics, expiresAtMs))
    await settle()
  }

  /** Finds the oldest of them bad, or cannot tell. */
  async refuse(fault: FaultName): Promise<void> {
    this.tokens.shift()
    this.waiting.shift()!.reject(new ProtocolError(fault, 'it has expired'))
    await settle()
  }
}

export interface TokenSessionOptions {
  readonly publicTopics?: readonly string[]
  readonly limits?: Partial<Limits>
  readonly connectionsPerIdentity?: number
  readonly fanout?: Fanout
}

/** Sessions of one server that takes tokens. */
export class TokenSessions {
  readonly verifier: ManualVerifier
  readonly deadlines = new Deadlines()
  readonly arrivals = new Set<AuthClient>()
  readonly roster: Roster
  readonly access = new AccessCounters()
  private readonly options: TokenSessionOptions

  constructor(options: TokenSessionOptions = {}) {
    this.options = options
    this.verifier = new ManualVerifier(options.publicTopics)
    this.roster = new Roster(options.connectionsPerIdentity ?? 0)
  }

  /** A session of nobody that was greeted; with a token of the handshake one that will be. It is still to be read. */
  open(token: string | null = null): TestSession {
    const { verifier, deadlines, arrivals, roster, access } = this
    const { limits = {}, fanout } = this.options
    const client = new TestSession({
      limits,
      ...(fanout === undefined ? {} : { fanout }),
      auth: { verifier, deadlines, arrivals, roster, access, authNoticeMs: NOTICE_MS },
    })
    client.session.open(token)
    return client
  }

  /** A session whose client came with a token, which is being checked. */
  arriving(): TestSession {
    return this.open('first')
  }

  /** The same once it has been checked. What it was sent is still to be read. */
  async arrived(subject: string, topics: readonly unknown[], expiresAtMs?: number) {
    const client = this.arriving()
    await this.verifier.accept(subject, topics, expiresAtMs)
    return client
  }

  /** A session of nobody, past the greeting. */
  opened(): TestSession {
    const client = this.open()
    client.read()
    return client
  }

  /** A session whose client has sent a good token. */
  async known(subject: string, topics: readonly unknown[], expiresAtMs?: number) {
    const client = this.opened()
    client.ask('auth', { token: 'good' })
    await this.verifier.accept(subject, topics, expiresAtMs)
    client.read()
    return client
  }

  /** Sends a token that turns out to allow this; returns what comes of it. */
  async refresh(
    client: TestSession,
    topics: readonly unknown[],
    subject = 'alice',
    expiresAtMs?: number,
  ): Promise<AnyMessage[]> {
    client.ask('auth', { token: 'newer' })
    await this.verifier.accept(subject, topics, expiresAtMs)
    return client.read()
  }
}

/** Publishes a value of each topic. */
export function publish(client: TestSession, ...topics: string[]): void {
  for (const topic of topics) client.fanout.update(topic, { bid: '1' })
}

/** Ends the turn; returns the topics of the data that was sent. */
export function sentTopics(client: TestSession): string[] {
  return client
    .endTurn()
    .filter(({ type }) => type === 'full' || type === 'delta')
    .map(({ topic }) => topic as string)
    .sort()
}

/** Lets so much time pass, as the server's timers do. */
export function pass(client: TestSession, ms: number): void {
  for (let leftMs = ms; leftMs > 0; leftMs -= TICK_MS) {
    client.fanout.nowMs += TICK_MS
    client.fanout.tick()
  }
}
