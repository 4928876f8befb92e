/**
 * Feed: whether prices are to be believed. Pure; whoever owns the clock calls it.
 * live:  the source is connected and something came within staleAfterMs;
 * stale: connected, but silent for longer;
 * down:  not connected, or not yet. Last values are kept and served all the same.
 * How long it has been silent is measured by tick()'s own clock, which never steps: the wall clock is for telling.
 */

export const FEED_STATES = ['live', 'stale', 'down'] as const
export type FeedState = (typeof FEED_STATES)[number]

export class Feed {
  state: FeedState = 'down'
  /** Since when, ms since the epoch. */
  sinceMs: number
  /** When the last update came, ms since the epoch; 0 before the first. */
  lastUpdateMs = 0
  /** Whether the source was reached at all since the start. */
  wasUp = false
  /** The first tick after what came last, by the clock of ticks. */
  private quietSinceMs = 0
  /** Something came since the last tick; so that nobody has to look at a second clock for each update. */
  private wasHeard = true
  private readonly staleAfterMs: number
  private readonly onChange: (feed: Feed) => void

  /** `wallMs`, here and below: ms since the epoch. */
  constructor(staleAfterMs: number, wallMs: number, onChange: (feed: Feed) => void) {
    this.staleAfterMs = staleAfterMs
    this.sinceMs = wallMs
    this.onChange = onChange
  }

  /** The source is connected, and all that was missed has been made good. */
  up(wallMs: number): void {
    this.wasUp = true
    if (this.state === 'down') this.become('live', wallMs)
  }

  down(wallMs: number): void {
    if (this.state !== 'down') this.become('down', wallMs)
  }

  /** An update came. @hot */
  heard(wallMs: number): void {
    this.lastUpdateMs = wallMs
    this.wasHeard = true
    if (this.state === 'stale') this.become('live', wallMs)
  }

  /** Call several times per staleAfterMs. `nowMs` is of a clock that never steps. */
  tick(nowMs: number, wallMs: number): void {
    if (this.wasHeard) this.quietSinceMs = nowMs
    this.wasHeard = false
    if (this.state !== 'live') return
    if (nowMs - this.quietSinceMs >= this.staleAfterMs) this.become('stale', wallMs)
  }

  private become(state: FeedState, wallMs: number): void {
    this.state = state
    this.sinceMs = wallMs
    if (state === 'live') this.wasHeard = true
    this.onChange(this)
  }
}
