/**
 * Redis publisher: writes updates as publishers should, each to its channel and the whole record to the hash; at a node
 * of a cluster, to the shard channel and to the topic's own key.
 *
 * A batch is one transaction, at a node of a cluster one a topic. So no server sees a message without the record that goes with it, whichever it reads
 * first, and a record that changes often is written once a batch: half the work, at 100,000 updates a second.
 * Holds: at most IN_FLIGHT_MAX batches are unanswered; after the first failure nothing more is sent.
 */
import type { ChainableCommander, Redis } from 'ioredis'
import type { Scalar, Update } from '../market/record.ts'
import { decode } from './decode.ts'
import {
  addressOf,
  connect,
  LAST_KEY,
  lastKeyOf,
  type RedisTarget,
  reasonOf,
} from './redis-connection.ts'
import { Watchdog } from './watchdog.ts'

/** Large enough that a round trip is shared by many, small enough to hold Redis for 1 ms at most. */
const BATCH_UPDATES_MAX = 500
/** One is being answered while the next is made ready, and one more hides the way between. */
const IN_FLIGHT_MAX = 3
/** Each has a record in memory here. */
const TOPICS_MAX = 500_000

export interface Publication {
  readonly topic: string
  /** What `payload` says. */
  readonly update: Update
  /** JSON. Text, because ioredis writes text twice as fast as buffers. */
  readonly payload: string
}

/** What publishes. */
export interface Publisher {
  /** How many topics have been published to. */
  readonly topicCount: number
  /**
   * Sends the updates in their order; resolves when there is room for more. One call at a time. Throws the first
   * failure of this or an earlier call.
   */
  publish(updates: readonly Publication[]): Promise<void>
  /** Waits for what has been sent, and disconnects. Throws where some of it failed. */
  close(): Promise<void>
}

export class RedisPublisher implements Publisher {
  private readonly redis: Redis
  private readonly isSharded: boolean
  private readonly address: string
  private readonly watchdog: Watchdog
  private readonly records = new Map<string, Record<string, Scalar>>()
  private readonly inFlight: Promise<void>[] = []
  private failure: Error | null = null
  private broken: unknown

  /** Connects. Rejects with a reason for a person: no Redis there, a password that it wants, a right that is missing. */
  static async connect(target: RedisTarget, { isSharded = false } = {}): Promise<RedisPublisher> {
    const publisher = new RedisPublisher(target, isSharded)
    try {
      await publisher.redis.connect()
      // Whatever is wrong with the password, the rights or the key shows here.
      if (isSharded) await publisher.redis.ping()
      else await publisher.redis.hmget(LAST_KEY, '')
      return publisher
    } catch (error) {
      const reason = publisher.explain(error)
      await publisher.close().catch(() => {}) // it would say the same again
      throw reason
    }
  }

  private constructor(target: RedisTarget, isSharded: boolean) {
    this.isSharded = isSharded
    this.address = addressOf(target)
    this.redis = connect(target, { lazyConnect: true, retryStrategy: () => null })
    this.redis.on('error', (error) => {
      this.broken = error
    })
    this.watchdog = new Watchdog(this.redis, (why) => {
      this.broken = new Error(why)
      this.redis.disconnect()
    })
  }

  get topicCount(): number {
    return this.records.size
  }

  async publish(updates: readonly Publication[]): Promise<void> {
    for (let from = 0; from < updates.length; from += BATCH_UPDATES_MAX) {
      const batch = updates.slice(from, from + BATCH_UPDATES_MAX)
      await this.learn(batch)
      while (this.inFlight.length >= IN_FLIGHT_MAX) await this.inFlight.shift()
      if (this.failure !== null) throw this.failure
      this.inFlight.push(this.send(batch))
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.inFlight)
    this.watchdog.stop()
    this.redis.disconnect()
    if (this.failure !== null) throw this.failure
  }

  /** Topics that are new here may have a record of an earlier run, to which a partial update only adds. */
  private async learn(batch: readonly Publication[]): Promise<void> {
    const unknown = new Set<string>()
    for (const { topic } of batch) if (!this.records.has(topic)) unknown.add(topic)
    if (unknown.size === 0) return
    if (this.records.size + unknown.size > TOPICS_MAX) {
      throw new Error(`more than ${TOPICS_MAX} topics: is the topic made of the right fields?`)
    }
    const topics = [...unknown]
    const reading = this.isSharded
      ? Promise.all(topics.map((topic) => this.redis.getBuffer(lastKeyOf(topic))))
      : this.redis.hmgetBuffer(LAST_KEY, ...topics)
    const stored = await reading.catch((error) => {
      throw this.explain(error)
    })
    for (const [i, topic] of topics.entries()) {
      const payload = stored[i]
      const record = payload == null ? {} : decode(payload)
      // A record that servers could not read either is written anew.
      const isRecord = typeof record === 'object' && !Array.isArray(record)
      this.records.set(topic, isRecord ? fold({}, record) : {})
    }
  }

  /** Never rejects: keeps the first failure. */
  private async send(batch: readonly Publication[]): Promise<void> {
    const sending = this.isSharded ? this.sendSharded(batch) : this.sendWhole(batch)
    await sending.catch((error) => {
      this.failure ??= this.explain(error)
    })
  }

  private async sendWhole(batch: readonly Publication[]): Promise<void> {
    const transaction = this.redis.multi()
    const changed = new Map<string, Record<string, Scalar>>()
    for (const { topic, update, payload } of batch) {
      changed.set(topic, fold(this.records.get(topic)!, update))
      transaction.publish(topic, payload)
    }
    const fields: string[] = []
    for (const [topic, record] of changed) fields.push(topic, JSON.stringify(record))
    transaction.hset(LAST_KEY, ...fields)
    await run(transaction)
  }

  /** A transaction must keep to one slot. */
  private async sendSharded(batch: readonly Publication[]): Promise<void> {
    const transactions = new Map<string, ChainableCommander>()
    for (const { topic, update, payload } of batch) {
      fold(this.records.get(topic)!, update)
      const transaction = transactions.get(topic) ?? this.redis.multi()
      transactions.set(topic, transaction)
      transaction.spublish(topic, payload)
    }
    const runs = [...transactions].map(([topic, transaction]) => {
      return run(transaction.set(lastKeyOf(topic), JSON.stringify(this.records.get(topic))))
    })
    await Promise.all(runs)
  }

  private explain(error: unknown): Error {
    // A transaction that is refused says so only in general; the reply to the refused command has the reason.
    const [refusal] = (error as { previousErrors?: unknown[] }).previousErrors ?? []
    // What broke the connection (a wrong password too) explains more than what a command saw of it.
    const reason = reasonOf(refusal ?? this.broken ?? error)
    return new Error(`Redis at ${this.address}: ${reason}${adviceOn(reason)}`, { cause: error })
  }
}

/** Throws what any of its commands was answered. */
async function run(transaction: ChainableCommander): Promise<void> {
  for (const [error] of (await transaction.exec()) ?? []) if (error !== null) throw error
}

/** Merges an update into a record and returns it; null removes. */
function fold(record: Record<string, Scalar>, update: Update): Record<string, Scalar> {
  for (const name in update) {
    const value = update[name]!
    if (value === null) delete record[name]
    else record[name] = value
  }
  return record
}

function adviceOn(reason: string): string {
  if (reason.includes('ECONNREFUSED')) return ' (is it running?)'
  if (/^(NOAUTH|WRONGPASS)/.test(reason)) return ' (the URL takes it: redis://:PASSWORD@HOST:PORT)'
  if (reason.startsWith('NOPERM')) return ` (publishing needs PUBLISH, HSET and HMGET, ${LAST_KEY})`
  if (reason.startsWith('MOVED')) return ' (it is a node of a cluster: --cluster)'
  if (reason.startsWith('WRONGTYPE')) return ` (${LAST_KEY} must be a hash or not exist)`
  if (reason.startsWith('READONLY')) return ' (it is a replica: publish to its master)'
  return ''
}
