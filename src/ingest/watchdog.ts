/**
 * Watchdog: finds a Redis that hangs. Its connections stay open and TCP tells nothing, so it is asked now and then.
 * ioredis's socketTimeout would do nearly the same, but its timer outlives the socket and ends the next one.
 */
import type { Redis } from 'ioredis'

/** Often enough that a hung Redis is found in a few seconds, seldom enough to cost nothing. */
const PING_INTERVAL_MS = 500
/**
 * So many intervals without a byte, and Redis is hung: longer than a fork or a slow command usually takes.
 * Counted in ticks, not by the clock, so that a pause of our own loop is not taken for Redis's.
 */
const SILENT_TICKS_MAX = 5

export class Watchdog {
  private readonly redis: Redis
  private readonly onSilence: (why: string) => void
  private readonly timer: NodeJS.Timeout
  private heardCount = 0
  private heardCountAtTick = 0
  private silentTicks = 0
  private isPinging = false

  /** Watches until stop(). `onSilence` may be called again after as long a time. */
  constructor(redis: Redis, onSilence: (why: string) => void) {
    this.redis = redis
    this.onSilence = onSilence
    this.timer = setInterval(() => this.tick(), PING_INTERVAL_MS)
  }

  /** Something was received. @hot */
  heard(): void {
    this.heardCount++
  }

  /** The connection is a new one. */
  reset(): void {
    this.silentTicks = 0
    this.isPinging = false
  }

  stop(): void {
    clearInterval(this.timer)
  }

  private tick(): void {
    if (this.redis.status !== 'ready') return
    const isSilent = this.heardCount === this.heardCountAtTick
    this.heardCountAtTick = this.heardCount
    this.silentTicks = isSilent ? this.silentTicks + 1 : 0
    if (this.silentTicks >= SILENT_TICKS_MAX) {
      this.silentTicks = 0
      this.onSilence(`no answer for ${(SILENT_TICKS_MAX * PING_INTERVAL_MS) / 1000} s`)
      return
    }
    if (!this.isPinging) this.ping()
  }

  private ping(): void {
    this.isPinging = true
    const answered = () => {
      this.isPinging = false
      this.heardCount++
    }
    // A refusal is an answer too; a ping that fails with its connection is the close event's to tell.
    this.redis.ping().then(answered, answered)
  }
}
