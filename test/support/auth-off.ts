/**
 * What sessions share of tokens, where none are needed.
 */
import { AccessCounters } from '../../src/access/counters.ts'
import type { AuthHost } from '../../src/session/authentication.ts'
import { Deadlines } from '../../src/session/deadlines.ts'
import { Roster } from '../../src/session/roster.ts'

export function authOff(): Omit<AuthHost, 'limits'> {
  return {
    verifier: null,
    roster: new Roster(0),
    deadlines: new Deadlines(),
    arrivals: new Set(),
    access: new AccessCounters(),
    authNoticeMs: 60_000,
  }
}
