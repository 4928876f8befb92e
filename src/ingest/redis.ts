/**
 * Redis source: follows channels of one Redis. The first hop of an update. @hot
 * Next:  ingest/wanted.ts listen()
 *
 * At each connection: beginReload, subscribe, then the stored records (stored-records.ts), then up. A failure after
 * the subscription repeats only the reading: what has been received meanwhile stays newer than what is stored.
 * Holds: only the present connection speaks to the sink; after a break there is a new one, with the secrets of then.
 */
import type { Redis } from 'ioredis'
import { addressOf, connect, placeOf, type RedisTarget, reasonOf } from './redis-connection.ts'
import type { Source, SourceLog, SourceSink } from './source.ts'
import { readStored } from './stored-records.ts'
import { listen, PAYLOAD_EVENTS, subscribe, type Wanted } from './wanted.ts'
import { Watchdog } from './watchdog.ts'

const RETRY_MIN_MS = 100
const RETRY_MAX_MS = 2_000
/** Up for less than this, and the next attempt waits longer still: each one reads the whole store. */
const STEADY_MS = 10_000

export interface RedisSourceOptions extends RedisTarget {
  readonly wanted: Wanted
  /** Whether it is left unless it is a master; with Sentinels it always is. */
  readonly mustBeMaster?: boolean
  readonly log: SourceLog
}

export class RedisSource implements Source {
  readonly name = 'redis'
  private readonly options: RedisSourceOptions
  private readonly address: string
  private sink: SourceSink | null = null
  /** The present connection; null between two. Only its events and its joining are listened to. */
  private subscriber: Redis | null = null
  private watchdog: Watchdog | null = null
  private again: NodeJS.Timeout | undefined
  private openedCount = 0
  private failures = 0
  /** When it became up, ms of the monotonic clock; 0 while it is not. */
  private upAtMs = 0
  /** What has been logged since it was last up, so that a Redis that stays away is said once. */
  private readonly said = new Set<string>()

  /** Throws for a URL that cannot be read. */
  constructor(options: RedisSourceOptions) {
    this.options = options
    this.address = addressOf(options)
  }

  async start(sink: SourceSink): Promise<void> {
    this.sink = sink
    this.open(sink)
  }

  async stop(): Promise<void> {
    this.sink = null
    clearTimeout(this.again)
    this.leave()
  }

  /** Begins a connection. Throws for secrets that cannot be read. */
  private open(sink: SourceSink): void {
    const { sentinels = [] } = this.options
    // Each time another one is asked first: one that lags behind the others must not have the last word.
    const first = this.openedCount++ % Math.max(1, sentinels.length)
    const target = {
      ...this.options,
      sentinels: [...sentinels.slice(first), ...sentinels.slice(0, first)],
    }
    const subscriber = connect(target, {
      enableOfflineQueue: false,
      failoverDetector: true,
      retryStrategy: () => null,
    })
    let lastError = ''
    this.subscriber = subscriber
    this.watchdog = new Watchdog(subscriber, (why) => this.lost(why))
    subscriber.on('error', (error) => {
      lastError = reasonOf(error)
    })
    subscriber.on('ready', () => void this.join(subscriber, target, sink))
    subscriber.on('end', () => this.lost(lastError || 'the connection was closed'))
    listen(subscriber, sink)
  }

  /** Brings the sink up to date over a fresh connection; ends when that is done or the connection is an old one. */
  private async join(subscriber: Redis, target: RedisTarget, sink: SourceSink): Promise<void> {
    const { wanted, mustBeMaster = false } = this.options
    const isCurrent = () => subscriber === this.subscriber
    let isToCheck = mustBeMaster || (target.sentinels ?? []).length > 0
    sink.beginReload()
    while (isCurrent()) {
      try {
        // Before it is subscribed, for then it takes no such command any more.
        if (isToCheck && !(await isMaster(subscriber))) {
          if (isCurrent()) this.lost('this Redis is no master')
          return
        }
        isToCheck = false
        await subscribe(subscriber, wanted)
        const place = placeOf(subscriber, target)
        const reading = { target: place, wanted, subscriber, sink, isCurrent }
        const unreadable = await readStored(reading)
        if (!isCurrent()) return
        this.joined(unreadable, sink)
        return
      } catch (error) {
        if (!isCurrent()) return
        // Not down(): that would end the reload, and it has not been up since the break.
        this.warnOnce(reasonOf(error), 'redis is not ready yet')
        await pause(backoffMs(this.failures++))
      }
    }
  }

  private joined(unreadable: string, sink: SourceSink): void {
    this.upAtMs = performance.now()
    this.said.clear()
    this.options.log.info({ redis: this.address }, 'redis is connected')
    if (unreadable !== '') this.warnOnce(unreadable, 'stored records are not readable')
    sink.up()
  }

  /** Gives this connection up, whatever it says of itself, and begins another after a while. */
  private lost(why: string): void {
    this.leave()
    if (this.upAtMs > 0 && performance.now() - this.upAtMs >= STEADY_MS) this.failures = 0
    this.upAtMs = 0
    this.warnOnce(why, 'redis is away')
    const { sink } = this
    if (sink === null) return
    sink.down(why)
    this.again = setTimeout(
      () => {
        try {
          this.open(sink)
        } catch (error) {
          this.lost(reasonOf(error))
        }
      },
      backoffMs(this.failures++),
    )
  }

  private leave(): void {
    const { subscriber } = this
    this.watchdog?.stop()
    this.subscriber = null
    if (subscriber === null) return
    for (const event of ['ready', 'end', ...PAYLOAD_EVENTS]) subscriber.removeAllListeners(event)
    subscriber.disconnect()
  }

  private warnOnce(why: string, event: string): void {
    if (this.said.has(why)) return
    this.said.add(why)
    this.options.log.warn({ redis: this.address, why }, event)
  }
}

async function isMaster(redis: Redis): Promise<boolean> {
  const [role] = (await redis.role()) as unknown[]
  return role === 'master'
}

function backoffMs(failures: number): number {
  return Math.min(RETRY_MIN_MS * 2 ** failures, RETRY_MAX_MS)
}

/** Keeps no process alive. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref())
}
