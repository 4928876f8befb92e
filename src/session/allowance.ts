/**
 * Allowance: how much a client may ask, in requests and in bytes, which are spent together. Two token buckets; pure.
 * Refused requests spend too, down to a debt of one burst: whoever goes on beyond that is not mistaken but flooding.
 */
import type { Limits } from '../protocol/messages.ts'

export type Verdict = 'ok' | 'refused' | 'flood'

type AllowanceLimits = Pick<
  Limits,
  'requestBytes' | 'requestsPerS' | 'requestsBurst' | 'requestBytesPerS'
>

export class Allowance {
  /** Shared with all others. */
  private readonly limits: AllowanceLimits
  private requests: number
  private bytes: number
  private atMs: number

  constructor(limits: AllowanceLimits, nowMs: number) {
    this.limits = limits
    this.requests = limits.requestsBurst
    this.bytes = bytesBurstOf(limits)
    this.atMs = nowMs
  }

  /** Spends one request of so many bytes. `nowMs` is of a clock that never steps. */
  take(bytes: number, nowMs: number): Verdict {
    const { requestsPerS, requestsBurst, requestBytesPerS } = this.limits
    const bytesBurst = bytesBurstOf(this.limits)
    const elapsedS = Math.max(0, nowMs - this.atMs) / 1000
    this.atMs = nowMs
    this.requests = Math.min(requestsBurst, this.requests + elapsedS * requestsPerS) - 1
    this.bytes = Math.min(bytesBurst, this.bytes + elapsedS * requestBytesPerS) - bytes
    if (this.requests >= 0 && this.bytes >= 0) return 'ok'
    return this.requests >= -requestsBurst && this.bytes >= -bytesBurst ? 'refused' : 'flood'
  }
}

/** The largest request must be possible. */
function bytesBurstOf({ requestBytes, requestBytesPerS }: AllowanceLimits): number {
  return Math.max(requestBytes, requestBytesPerS)
}
