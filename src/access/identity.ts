/**
 * Identity: whose connection it is, and what it may read.
 */

/** What an identity may read. */
export interface Entitlements {
  /** How old a topic's values must be before they may be read, ms: 0 as they come; null: never. */
  delayMsOf(topic: string): number | null
  /** With which delays topics of a channel may be read, those to come included; none: nothing of it ever. */
  delaysMsWithin(channel: string): readonly number[]
}

export interface Identity {
  /** `sub` of its token; null without one. */
  readonly subject: string | null
  /** ms since the epoch; Infinity without a token. */
  readonly expiresAtMs: number
  readonly entitlements: Entitlements
}

/** By how much the clocks of two machines may differ. A token serves so much longer. */
export const TOLERANCE_MS = 5_000

/** Whether the token of an identity serves no more; `wallMs` in ms since the epoch. */
export function hasExpired({ expiresAtMs }: Identity, wallMs: number): boolean {
  return wallMs >= expiresAtMs + TOLERANCE_MS
}

/** Tells whose token it is. */
export interface Verifier {
  /** Who comes without a token: what is public may be read. */
  readonly anonymous: Identity
  /** Whether something may be read without a token. */
  readonly isAnythingPublic: boolean
  /** Rejects with a ProtocolError: bad_token, or auth_unavailable where the keys cannot be had. */
  verify(token: string): Promise<Identity>
}

const LIVE = [0] as const

/** Everybody, where no tokens are needed. */
export const ANYBODY: Identity = {
  subject: null,
  expiresAtMs: Number.POSITIVE_INFINITY,
  entitlements: { delayMsOf: () => 0, delaysMsWithin: () => LIVE },
}
