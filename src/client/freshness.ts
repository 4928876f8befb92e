/**
 * Freshness: whether data is to be believed, and why not: the events `live` and `stale`.
 */
import type { Status } from '../protocol/messages.ts'
import type { ClientState, Events, StaleReason } from './events.ts'

/** What a server last said of its source. */
type Feed = Pick<Status, 'feed' | 'since'>

export class Freshness {
  private reason: StaleReason | null | 'unknown' = 'unknown'
  private readonly events: Events
  private readonly nowMs: () => number

  constructor(events: Events, nowMs: () => number) {
    this.events = events
    this.nowMs = nowMs
  }

  get isLive(): boolean {
    return this.reason === null
  }

  /** Decides anew; call it whenever any of it may have changed. */
  review(state: ClientState, feed: Feed | null, staleCount: number): void {
    const reason = reasonOf(state, feed?.feed ?? 'down', staleCount)
    if (reason === this.reason) return
    this.reason = reason
    const isOfFeed = reason === 'feed_stale' || reason === 'feed_down'
    const since = isOfFeed && feed !== null ? feed.since : this.nowMs()
    if (reason === null) this.events.emit('live', { since })
    else this.events.emit('stale', { reason, since })
  }
}

function reasonOf(state: ClientState, feed: Feed['feed'], staleCount: number): StaleReason | null {
  if (state !== 'open') return 'disconnected'
  if (feed !== 'live') return `feed_${feed}`
  return staleCount > 0 ? 'catching_up' : null
}
