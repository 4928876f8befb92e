/**
 * Freshness: whether data is to be believed, and why not: the events `live` and `stale`.
 */
import type { ClientState, Events, StaleReason } from './events.ts'

export class Freshness {
  private reason: StaleReason | null | 'unknown' = 'unknown'
  private feedState: 'live' | 'stale' | 'down' = 'down'
  private feedSinceMs = 0
  private readonly events: Events
  private readonly nowMs: () => number

  constructor(events: Events, nowMs: () => number) {
    this.events = events
    this.nowMs = nowMs
  }

  get isLive(): boolean {
    return this.reason === null
  }

  /** What the server last said of its source. */
  feed(state: 'live' | 'stale' | 'down', sinceMs: number): void {
    this.feedState = state
    this.feedSinceMs = sinceMs
  }

  /** Decides anew; call it whenever any of it may have changed. */
  review(state: ClientState, staleCount: number): void {
    const reason = this.reasonOf(state, staleCount)
    if (reason === this.reason) return
    this.reason = reason
    const isOfFeed = reason === 'feed_stale' || reason === 'feed_down'
    const since = isOfFeed ? this.feedSinceMs : this.nowMs()
    if (reason === null) this.events.emit('live', { since })
    else this.events.emit('stale', { reason, since })
  }

  private reasonOf(state: ClientState, staleCount: number): StaleReason | null {
    if (state !== 'open') return 'disconnected'
    if (this.feedState !== 'live') return `feed_${this.feedState}`
    return staleCount > 0 ? 'catching_up' : null
  }
}
