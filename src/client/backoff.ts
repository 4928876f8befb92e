/**
 * Backoff: when to try again. Full jitter: any time from 0 to a bound that doubles, so that clients who lost a server
 * together do not come back together. Pure.
 */

/** A connection that has lasted so long was a good one: the next loss begins from the start. */
export const STABLE_MS = 30_000

export interface BackoffSettings {
  readonly minMs: number
  readonly maxMs: number
}

export class Backoff {
  /** How many tries there were since the last good connection. */
  attempt = 0
  private readonly settings: BackoffSettings
  private readonly random: () => number

  constructor(settings: BackoffSettings, random: () => number) {
    this.settings = settings
    this.random = random
  }

  /** The wait before the next try. */
  nextMs(): number {
    const { minMs, maxMs } = this.settings
    const boundMs = Math.min(maxMs, minMs * 2 ** this.attempt++)
    return this.random() * boundMs
  }

  /** The wait that a server has asked for: any time between the two. */
  betweenMs([fromMs, toMs]: readonly [number, number]): number {
    this.attempt++
    return Math.max(0, fromMs + this.random() * (toMs - fromMs))
  }

  /** A connection that was open for so long has ended. */
  lasted(openMs: number): void {
    if (openMs >= STABLE_MS) this.attempt = 0
  }
}
