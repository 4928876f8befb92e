/**
 * Watchdog: finds a Redis that hangs, and one that is late: its connections stay open and TCP tells nothing, so it is
 * asked now and then. An answer comes behind all that was published before, so what is read is as old as it is late.
 * ioredis's socketTimeout would do half of it, but its timer outlives the socket and ends the next one.
 */
import type { Redis } from 'ioredis'

/** Often enough that a hung Redis is found in a few seconds, seldom enough to cost nothing. */
const PING_INTERVAL_MS = 500
/**
 * So many unanswered, and the connection is given up: longer than a fork or a slow command usually takes. Counted in
 * pings, not by the clock, so that a pause of our own loop is not taken for Redis's.
 */
const UNANSWERED_MAX = 5

export class Watchdog {
  private readonly redis: Redis
  private readonly onLate: (why: string) => void
  private readonly timer: NodeJS.Timeout
  private unanswered = 0

  /** Watches one connection until stop(). `onLate` is called once. */
  constructor(redis: Redis, onLate: (why: string) => void) {
    this.redis = redis
    this.onLate = onLate
    this.timer = setInterval(() => this.tick(), PING_INTERVAL_MS)
  }

  stop(): void {
    clearInterval(this.timer)
  }

  private tick(): void {
    if (this.redis.status !== 'ready') return
    if (this.unanswered >= UNANSWERED_MAX) {
      this.stop()
      this.onLate(`no answer for ${(UNANSWERED_MAX * PING_INTERVAL_MS) / 1000} s`)
      return
    }
    const answered = () => void this.unanswered--
    this.unanswered++
    // A refusal is an answer too; a ping that fails with its connection is the close event's to tell.
    this.redis.ping().then(answered, answered)
  }
}
