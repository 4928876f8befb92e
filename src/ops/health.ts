/**
 * Health: whether new clients should be sent here. A source that is away does not count once it was there: every
 * server would turn unready together, and the last values are still worth serving, marked as what they are.
 */
import type { Feed } from '../market/feed.ts'

export class Health {
  /** It has been told to stop. */
  isDraining = false
  private readonly feed: Feed

  constructor(feed: Feed) {
    this.feed = feed
  }

  /** The answer, with figures for whoever reads it by eye. */
  readiness(topics: number, connections: number) {
    const reasons = this.unready()
    const figures = { feed: this.feed.state, topics, connections }
    return { ready: reasons.length === 0, reasons, figures }
  }

  private unready(): string[] {
    const reasons: string[] = []
    if (!this.feed.wasUp) reasons.push('the source has not been reached yet')
    if (this.isDraining) reasons.push('the server is stopping')
    return reasons
  }
}
