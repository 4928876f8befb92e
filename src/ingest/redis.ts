/**
 * Redis source: follows patterns of Redis channels. The first hop of an update. @hot
 * Next:  ingest/deliver.ts
 *
 * At each connection: beginReload, PSUBSCRIBE, then the stored records (stored-records.ts), then up. A failure after
 * the subscription repeats only the reading: what has been received meanwhile stays newer than what is stored.
 * Holds: of one connection, only the present attempt speaks to the sink; a break makes it an old one.
 */
import type { Redis } from 'ioredis'
import { deliver } from './deliver.ts'
import { addressOf, connect, type RedisTarget, reasonOf, renewSecrets } from './redis-connection.ts'
import type { Source, SourceLog, SourceSink } from './source.ts'
import { readStored, WrongMaster } from './stored-records.ts'
import { Watchdog } from './watchdog.ts'

const RETRY_MIN_MS = 100
const RETRY_MAX_MS = 2_000
/** Up for less than this, and the next attempt waits longer still: each one reads the whole store. */
const STEADY_MS = 10_000

export interface RedisSourceOptions extends RedisTarget {
  /** As for PSUBSCRIBE. A channel that two of them match is delivered twice. */
  readonly patterns: readonly string[]
  readonly log: SourceLog
}

export class RedisSource implements Source {
  readonly name = 'redis'
  private readonly options: RedisSourceOptions
  private readonly address: string
  private sink: SourceSink | null = null
  private subscriber: Redis | null = null
  private watchdog: Watchdog | null = null
  /** Rises with each connection and each break. */
  private attempt = 0
  private failures = 0
  /** When it became up, ms of the monotonic clock; 0 while it is not. */
  private upAtMs = 0
  private lastError = ''
  private again: NodeJS.Timeout | undefined
  /** What has been logged since it was last up, so that a Redis that stays away is said once. */
  private readonly said = new Set<string>()

  /** Throws for a URL that cannot be read. */
  constructor(options: RedisSourceOptions) {
    this.options = options
    this.address = addressOf(options)
  }

  async start(sink: SourceSink): Promise<void> {
    const subscriber = connect(this.options, {
      enableOfflineQueue: false,
      failoverDetector: true,
      retryStrategy: () => this.beforeNext(subscriber),
    })
    this.sink = sink
    const watchdog = new Watchdog(subscriber, (why) => this.drop(why))
    this.subscriber = subscriber
    this.watchdog = watchdog
    subscriber.on('error', (error) => {
      this.lastError = reasonOf(error)
    })
    subscriber.on('ready', () => {
      watchdog.reset()
      void this.join(++this.attempt, subscriber, sink)
    })
    subscriber.on('close', () => this.broken(this.lastError || 'the connection was closed'))
    // Before there was a connection: no Sentinel knows the master, a certificate is no PEM. Then ioredis gives up.
    subscriber.on('end', () => {
      this.broken(this.lastError)
      const connectAgain = () => void subscriber.connect().catch(() => {}) // its events tell
      this.again = setTimeout(connectAgain, this.beforeNext(subscriber))
    })
    subscriber.on('pmessageBuffer', (_pattern: string, channel: Buffer, payload: Buffer) => {
      deliver(sink, channel.toString('latin1'), payload)
    })
  }

  async stop(): Promise<void> {
    this.attempt++
    this.watchdog?.stop()
    clearTimeout(this.again)
    const { subscriber } = this
    this.sink = null
    this.subscriber = null
    if (subscriber === null) return
    for (const event of ['ready', 'close', 'end', 'pmessageBuffer']) {
      subscriber.removeAllListeners(event)
    }
    subscriber.disconnect()
  }

  /** Brings the sink up to date over a fresh connection; ends when that is done or the attempt is an old one. */
  private async join(attempt: number, subscriber: Redis, sink: SourceSink): Promise<void> {
    const isCurrent = () => attempt === this.attempt
    sink.beginReload()
    while (isCurrent()) {
      try {
        await subscriber.psubscribe(...this.options.patterns)
        const { patterns } = this.options
        const target = this.options
        const unreadable = await readStored({ target, patterns, subscriber, sink, isCurrent })
        if (!isCurrent()) return
        this.joined(unreadable, sink)
        return
      } catch (error) {
        if (!isCurrent()) return
        if (error instanceof WrongMaster) return this.drop(error.message)
        // Not down(): that would end the reload, and it has not been up since the break.
        this.warnOnce(reasonOf(error), 'redis is not ready yet')
        await pause(backoffMs(this.failures++))
      }
    }
  }

  private joined(unreadable: string, sink: SourceSink): void {
    this.upAtMs = performance.now()
    this.lastError = ''
    this.said.clear()
    this.options.log.info({ redis: this.address }, 'redis is connected')
    if (unreadable !== '') this.warnOnce(unreadable, 'stored records are not readable')
    sink.up()
  }

  private broken(why: string): void {
    this.attempt++
    if (this.upAtMs > 0 && performance.now() - this.upAtMs >= STEADY_MS) this.failures = 0
    this.upAtMs = 0
    this.lastError = ''
    this.warnOnce(why, 'redis is away')
    this.sink?.down(why)
  }

  /** Gives this connection up, whatever it says of itself, and begins anew. */
  private drop(why: string): void {
    this.broken(why)
    this.lastError = why
    this.subscriber?.disconnect(true)
  }

  /** Makes ready for the next connection, and returns after how many ms it may begin. */
  private beforeNext(subscriber: Redis): number {
    try {
      renewSecrets(subscriber, this.options)
    } catch (error) {
      this.warnOnce(reasonOf(error), 'redis is tried with the old secrets')
    }
    return backoffMs(this.failures++)
  }

  private warnOnce(why: string, event: string): void {
    if (this.said.has(why)) return
    this.said.add(why)
    this.options.log.warn({ redis: this.address, why }, event)
  }
}

function backoffMs(failures: number): number {
  return Math.min(RETRY_MIN_MS * 2 ** failures, RETRY_MAX_MS)
}

/** Keeps no process alive. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref())
}
