/**
 * Tokens that are texts anybody can read: until when they serve, and the topics that they allow.
 */
import { ANYBODY, type Identity, type Verifier } from '../../src/access/identity.ts'
import { ProtocolError } from '../../src/protocol/faults.ts'

export function textToken(expiresAtMs: number, topics: readonly string[]): string {
  return `${expiresAtMs}|${topics.join()}`
}

/** Takes them, by a clock; nothing is public. */
export function textVerifier(nowMs: () => number): Verifier {
  const allowing = (topics: readonly string[]): Identity['entitlements'] => ({
    delayMsOf: (topic) => (topics.includes(topic) ? 0 : null),
    delaysMsWithin: (channel) =>
      topics.some((topic) => topic.startsWith(`${channel}:`)) ? [0] : [],
  })
  return {
    anonymous: { ...ANYBODY, entitlements: allowing([]) },
    isAnythingPublic: false,
    async verify(token) {
      const [expires, topics] = token.split('|')
      const expiresAtMs = Number(expires)
      if (expiresAtMs < nowMs()) throw new ProtocolError('bad_token', 'expired')
      return { subject: 'somebody', expiresAtMs, entitlements: allowing(topics!.split(',')) }
    },
  }
}
