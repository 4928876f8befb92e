/**
 * Pause clock: how long our own event loop has stood still, in sum. Pure. @hot
 * An answer that waited for the loop is not late, so round trips are taken without the pauses that they span. A timer
 * looks here every tickMs, and so does whoever does something: a gap of more is a pause.
 */

export class PauseClock {
  /** The sum of all pauses so far. */
  pausedMs = 0
  private readonly tickMs: number
  private seenAtMs: number

  constructor(tickMs: number, nowMs: number) {
    this.tickMs = tickMs
    this.seenAtMs = nowMs
  }

  /** The loop turns now. */
  observe(nowMs: number): void {
    const gapMs = nowMs - this.seenAtMs
    if (gapMs > this.tickMs) this.pausedMs += gapMs - this.tickMs
    this.seenAtMs = nowMs
  }
}
