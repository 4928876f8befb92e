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
import { addressOf, connect, reasonOf } from './redis-connection.ts'
import type { Source, SourceLog, SourceSink } from './source.ts'
import { readStored } from './stored-records.ts'
import { Watchdog } from './watchdog.ts'

const RETRY_MIN_MS = 100
const RETRY_MAX_MS = 2_000

export interface RedisSourceOptions {
  readonly url: string
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
  private failuresSinceUp = 0
  private lastError = ''
  /** What was last logged so that a Redis that stays away is said once. */
  private saidWhy = ''

  /** Throws for a URL that cannot be read. */
  constructor(options: RedisSourceOptions) {
    this.options = options
    this.address = addressOf(options.url)
  }

  async start(sink: SourceSink): Promise<void> {
    this.sink = sink
    const subscriber = connect(this.options.url, {
      enableOfflineQueue: false,
      retryStrategy: () => backoffMs(this.failuresSinceUp++),
    })
    const watchdog = new Watchdog(subscriber, (why) => this.hung(why))
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
    subscriber.on('pmessageBuffer', (_pattern: string, channel: Buffer, payload: Buffer) => {
      watchdog.heard()
      deliver(sink, channel.toString('latin1'), payload)
    })
  }

  async stop(): Promise<void> {
    this.attempt++
    this.watchdog?.stop()
    const { subscriber } = this
    this.sink = null
    this.subscriber = null
    if (subscriber === null) return
    for (const event of ['ready', 'close', 'pmessageBuffer']) subscriber.removeAllListeners(event)
    subscriber.disconnect()
  }

  /** Brings the sink up to date over a fresh connection; ends when that is done or the attempt is an old one. */
  private async join(attempt: number, subscriber: Redis, sink: SourceSink): Promise<void> {
    const isCurrent = () => attempt === this.attempt
    sink.beginReload()
    while (isCurrent()) {
      try {
        await subscriber.psubscribe(...this.options.patterns)
        const { url, patterns } = this.options
        const unreadable = await readStored({ url, patterns, subscriber, sink, isCurrent })
        if (!isCurrent()) return
        this.joined(unreadable, sink)
        return
      } catch (error) {
        if (!isCurrent()) return
        // Not down(): that would end the reload, and it has not been up since the break.
        this.warnOnce(reasonOf(error), 'redis is not ready yet')
        await pause(backoffMs(this.failuresSinceUp++))
      }
    }
  }

  private joined(unreadable: string, sink: SourceSink): void {
    this.failuresSinceUp = 0
    this.lastError = ''
    this.saidWhy = ''
    this.options.log.info({ redis: this.address }, 'redis is connected')
    if (unreadable !== '') this.warnOnce(unreadable, 'stored records are not readable')
    sink.up()
  }

  private broken(why: string): void {
    this.attempt++
    this.lastError = ''
    this.warnOnce(why, 'redis is away')
    this.sink?.down(why)
  }

  private hung(why: string): void {
    this.broken(why)
    this.lastError = why
    this.subscriber?.disconnect(true)
  }

  private warnOnce(why: string, event: string): void {
    if (why !== this.saidWhy) this.options.log.warn({ redis: this.address, why }, event)
    this.saidWhy = why
  }
}

function backoffMs(failures: number): number {
  return Math.min(RETRY_MIN_MS * 2 ** failures, RETRY_MAX_MS)
}

/** Keeps no process alive. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref())
}
