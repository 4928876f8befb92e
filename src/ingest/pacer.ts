/**
 * Pacer: when a recorded event is due again. Pure; an absolute schedule, so that delays do not add up.
 */

/** How often faster than recorded; max: as fast as can be. */
export type Speed = number | 'max'

export class Pacer {
  private readonly speed: Speed
  private firstTs = Number.NaN
  private firstMs = Number.NaN
  private lastTs = Number.NaN

  constructor(speed: Speed) {
    this.speed = speed
  }

  /**
   * How long until the event of time `ts` (ms since the epoch) is due, 0 or less: now. NaN is due with the event
   * before it. The first event is due when it is first asked for.
   */
  waitMs(ts: number, nowMs: number): number {
    if (this.speed === 'max') return 0
    if (!Number.isNaN(ts)) this.lastTs = ts
    if (Number.isNaN(this.lastTs)) return 0
    if (Number.isNaN(this.firstTs)) {
      this.firstTs = this.lastTs
      this.firstMs = nowMs
    }
    return this.firstMs + (this.lastTs - this.firstTs) / this.speed - nowMs
  }
}
