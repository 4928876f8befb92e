/**
 * Bucket: a token bucket that can be looked into before anything is taken. Pure; the clock is passed in.
 */
export class Bucket {
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

  /** How many there are. */
  level(nowMs: number): number {
    // A clock that was set back gives nothing, and takes nothing.
    const elapsedS = Math.max(0, nowMs - this.atMs) / 1000
    this.atMs = nowMs
    this.tokens = Math.min(this.burst, this.tokens + elapsedS * this.perS)
    return this.tokens
  }

  isFull(nowMs: number): boolean {
    return this.level(nowMs) >= this.burst
  }

  /** Takes one. False where there is none. */
  take(nowMs: number): boolean {
    if (this.level(nowMs) < 1) return false
    this.tokens--
    return true
  }

  /** How long until there is one, ms. */
  waitMs(nowMs: number): number {
    return (Math.max(0, 1 - this.level(nowMs)) / this.perS) * 1000
  }
}
