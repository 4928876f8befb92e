/**
 * Allowance: how often a client may ask. A token bucket; pure. Refused requests spend too, down to a debt of one
 * burst: whoever goes on beyond that is not mistaken but flooding.
 */
export type Verdict = 'ok' | 'refused' | 'flood'

export class Allowance {
  private readonly perS: number
  private readonly burst: number
  private tokens: number
  private atMs: number

  constructor(perS: number, burst: number, nowMs: number) {
    this.perS = perS
    this.burst = burst
    this.tokens = burst
    this.atMs = nowMs
  }

  /** Spends one request. */
  take(nowMs: number): Verdict {
    // A clock that was set back gives nothing, and takes nothing.
    const elapsedS = Math.max(0, nowMs - this.atMs) / 1000
    this.atMs = nowMs
    this.tokens = Math.min(this.burst, this.tokens + elapsedS * this.perS) - 1
    if (this.tokens >= 0) return 'ok'
    return this.tokens >= -this.burst ? 'refused' : 'flood'
  }
}
