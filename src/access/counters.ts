/**
 * What the access room counts: plain numbers, which ops/metrics.ts copies when it is asked.
 */

/** Why a token was not accepted. */
export const AUTH_FAILURES = [
  'malformed',
  'algorithm',
  'unknown_key',
  'signature',
  'expired',
  'not_yet_valid',
  'issuer',
  'audience',
  'claims',
  'other_subject',
  'unavailable',
] as const
export type AuthFailure = (typeof AUTH_FAILURES)[number]

export class AccessCounters {
  readonly failures = Object.fromEntries(AUTH_FAILURES.map((reason) => [reason, 0])) as Record<
    AuthFailure,
    number
  >
}
