/**
 * Watchdog: finds a Redis that hangs, and one that is late: its connections stay open and TCP tells nothing, so it is
 * asked now and then. An answer comes behind all that was published before, so what is read is as old as it is late.
 * ioredis's socketTimeout would do half of it, but its timer outlives the socket and ends the next one.
 */
import type { Redis } from 'ioredis'

/** Often enough that a hung Redis is found in a few seconds, seldom enough to cost nothing. */
const PING_INTERVAL_MS = 500
/** An answer that takes longer is late: a fork or a slow command usually does not. */
const LATE_MS = 2_000
/** Seen late so many times in a row: after a pause of our own loop the answers are there, and are read between two. */
const LATE_TICKS_MAX = 2

export class Watchdog {
  private readonly redis: Redis
  private readonly onLate: (why: string) => void
  private readonly timer: NodeJS.Timeout
  /** When each unanswered ping was sent, the oldest first. */
  private readonly sentAtMs: number[] = []
  private lateTicks = 0

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
    const nowMs = performance.now()
    const isLate = nowMs - (this.sentAtMs[0] ?? nowMs) > LATE_MS
    this.lateTicks = isLate ? this.lateTicks + 1 : 0
    if (this.lateTicks >= LATE_TICKS_MAX) {
      this.stop()
      this.onLate(`no answer for ${LATE_MS / 1000} s`)
      return
    }
    const answered = () => void this.sentAtMs.shift()
    this.sentAtMs.push(nowMs)
    // A refusal is an answer too; a ping that fails with its connection is the close event's to tell.
    this.redis.ping().then(answered, answered)
  }
}
