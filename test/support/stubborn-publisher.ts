/**
 * Stubborn publisher: publishes a walk at a steady pace and does not give up when Redis goes away: it connects again,
 * says every record whole, since what it said last may be lost, and goes on with changes.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { RedisTarget } from '../../src/ingest/redis-connection.ts'
import { type Publisher, RedisPublisher } from '../../src/ingest/redis-publisher.ts'
import { Walk, type WalkUpdate } from '../../src/ingest/walk.ts'
import type { AnyFields } from './state.ts'

const BATCH_UPDATES = 20
const PERIOD_MS = 10
const SYMBOLS = 100

/** A URL, or more than that, or what connects. */
export type PublisherTarget = string | RedisTarget | (() => Promise<Publisher>)

export class StubbornPublisher {
  /** The truth: the whole record of each topic, as far as it was told to Redis. */
  readonly records: Record<string, AnyFields> = {}
  /** Updates that Redis is known to have got. */
  publishedCount = 0
  private readonly connect: () => Promise<Publisher>
  private readonly walk = new Walk({ symbols: SYMBOLS, seed: 11 })
  private readonly running: Promise<void>
  private isStopping = false
  private isAbandoned = false

  private readonly prefix: string

  /** `prefix`: what the names of its topics begin with. */
  constructor(target: PublisherTarget, prefix = '') {
    const to = typeof target === 'string' ? { url: target } : target
    this.connect = typeof to === 'function' ? to : () => RedisPublisher.connect(to)
    this.prefix = prefix
    this.take(this.walk.all(Date.now()).map(this.named))
    this.running = this.run()
  }

  /** Resolves when everything that the records say is in Redis. Needs a Redis that is there. */
  async stop(): Promise<void> {
    this.isStopping = true
    await this.running
  }

  /** Gives up at once, whatever is told: for a test that has failed. */
  abandon(): void {
    this.isAbandoned = true
    this.isStopping = true
  }

  private async run(): Promise<void> {
    let isToldAll = false
    while (!isToldAll && !this.isAbandoned) {
      isToldAll = await this.publishWhileItGoes().then(
        () => true,
        () => false,
      )
      if (!isToldAll) await sleep(PERIOD_MS)
    }
  }

  /** One connection's life; rejects when it breaks. */
  private async publishWhileItGoes(): Promise<void> {
    const publisher = await this.connect()
    let isBroken = true
    try {
      const whole = Object.entries(this.records).map(([topic, update]) => ({ topic, update }))
      await this.say(publisher, whole as WalkUpdate[])
      while (!this.isStopping) {
        const updates = Array.from({ length: BATCH_UPDATES }, () =>
          this.named(this.walk.next(Date.now())),
        )
        this.take(updates)
        await this.say(publisher, updates)
        await sleep(PERIOD_MS)
      }
      isBroken = false
    } finally {
      const closed = publisher.close()
      // It says again what has been thrown already, unless it is the first to say it.
      await (isBroken ? closed.catch(() => {}) : closed)
    }
  }

  private async say(publisher: Publisher, updates: readonly WalkUpdate[]): Promise<void> {
    await publisher.publish(
      updates.map(({ topic, update }) => ({ topic, update, payload: JSON.stringify(update) })),
    )
    this.publishedCount += updates.length
  }

  private readonly named = ({ topic, update }: WalkUpdate): WalkUpdate => {
    return { topic: topic.replace(':', `:${this.prefix}`), update }
  }

  private take(updates: readonly WalkUpdate[]): void {
    for (const { topic, update } of updates) {
      this.records[topic] = { ...this.records[topic], ...update }
    }
  }
}
