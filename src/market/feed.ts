/**
 * Feed: whether prices are to be believed. Pure; whoever owns the clock calls it.
 * live:  the source is connected and something came within staleAfterMs;
 * stale: connected, but silent for longer;
 * down:  not connected, or not yet. Last values are kept and served all the same.
 */

export const FEED_STATES = ['live', 'stale', 'down'] as const
export type FeedState = (typeof FEED_STATES)[number]

export class Feed {
  state: FeedState = 'down'
  sinceMs: number
  /** When the last update came, ms since the epoch; 0 before the first. */
  lastUpdateMs = 0
  /** Whether the source was reached at all since the start. */
  wasUp = false
  /** Since when nothing came; by a clock that may be set back. */
  private quietSinceMs: number
  private readonly staleAfterMs: number
  private readonly onChange: (feed: Feed) => void

  constructor(staleAfterMs: number, nowMs: number, onChange: (feed: Feed) => void) {
    this.staleAfterMs = staleAfterMs
    this.sinceMs = nowMs
    this.quietSinceMs = nowMs
    this.onChange = onChange
  }

  /** The source is connected, and all that was missed has been made good. */
  up(nowMs: number): void {
    this.wasUp = true
    if (this.state === 'down') this.become('live', nowMs)
  }

  down(nowMs: number): void {
    if (this.state !== 'down') this.become('down', nowMs)
  }

  /** An update came. @hot */
  heard(nowMs: number): void {
    this.lastUpdateMs = nowMs
    this.quietSinceMs = nowMs
    if (this.state === 'stale') this.become('live', nowMs)
  }

  /** Call several times per staleAfterMs. */
  tick(nowMs: number): void {
    if (this.state !== 'live') return
    if (nowMs < this.quietSinceMs) this.quietSinceMs = nowMs
    if (nowMs - this.quietSinceMs >= this.staleAfterMs) this.become('stale', nowMs)
  }

  private become(state: FeedState, nowMs: number): void {
    this.state = state
    this.sinceMs = nowMs
    if (state === 'live') this.quietSinceMs = nowMs
    this.onChange(this)
  }
}
