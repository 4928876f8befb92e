/**
 * Rate limit of the HTTP API, by address. The live page's files are not under it: they are few, small and in memory, and
 * an office that opens the page at nine must get it.
 */
import type { HttpRequest, HttpResponse } from 'uWebSockets.js'
import type { Addresses } from './addresses.ts'
import type { TransportCounters } from './counters.ts'
import { Rates } from './rates.ts'
import { sendFault } from './respond.ts'

/** Tells whether a request comes too soon after others of its address, and if so answers it. 0 a second: never. */
export function rateLimit(
  perS: number,
  addresses: Addresses,
  counters: TransportCounters,
  nowMs: () => number,
): (res: HttpResponse, req: HttpRequest) => boolean {
  if (perS === 0) return () => false
  const rates = new Rates(perS)
  const detail = `at most ${perS} a second from one address`
  return (res, req) => {
    const waitMs = rates.take(addresses.of(res, req), nowMs())
    if (waitMs === 0) return false
    const retryAfterS = Math.ceil(waitMs / 1_000)
    sendFault(res, counters, 'too_many_requests', detail, { retryAfterS })
    return true
  }
}
