/**
 * Allowance: how much a client may ask, in requests and in bytes, which are spent together. Two token buckets; pure.
 * Refused requests spend too, down to a debt of one burst: whoever goes on beyond that is not mistaken but flooding.
 * A third bucket is for topics that whole channels have looked at: of a hundred thousand, one small request costs half a
 * second of the event loop.
 */
import { ProtocolError } from '../protocol/faults.ts'
import type { Limits } from '../protocol/messages.ts'

export type Verdict = 'ok' | 'refused' | 'flood'

/** Looked at a second for whole channels: with globs, some tenth of the event loop. */
export const TOPICS_PER_S = 20_000
/** At once: some channels of the largest size, as clients ask for that come back. */
export const TOPICS_BURST = 300_000

type AllowanceLimits = Pick<
  Limits,
  'requestBytes' | 'requestsPerS' | 'requestsBurst' | 'requestBytesPerS'
>

export class Allowance {
  /** Shared with all others. */
  private readonly limits: AllowanceLimits
  private requests: number
  private bytes: number
  private topics = TOPICS_BURST
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
    this.topics = Math.min(TOPICS_BURST, this.topics + elapsedS * TOPICS_PER_S)
    if (this.requests >= 0 && this.bytes >= 0) return 'ok'
    return this.requests >= -requestsBurst && this.bytes >= -bytesBurst ? 'refused' : 'flood'
  }

  /** Spends a look at so many topics, down to a debt of one burst; false, and nothing is spent, where there is one. */
  look(topics: number): boolean {
    if (topics === 0) return true
    if (this.topics < 0) return false
    this.topics = Math.max(-TOPICS_BURST, this.topics - topics)
    return true
  }

  /** What a request is told for which nothing was left. */
  refusal(): ProtocolError {
    const { requestsPerS, requestsBurst, requestBytesPerS } = this.limits
    const requests = `at most ${requestsPerS} a second, in bursts of ${requestsBurst}`
    return new ProtocolError(
      'too_many_requests',
      `${requests}, and ${requestBytesPerS} bytes a second`,
    )
  }
}

/** The largest request must be possible. */
function bytesBurstOf({ requestBytes, requestBytesPerS }: AllowanceLimits): number {
  return Math.max(requestBytes, requestBytesPerS)
}
