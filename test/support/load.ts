/**
 * Load: a publisher in the test's own process, which knows what it published: what every client must hold in the end.
 */
import { Redis } from 'ioredis'
import { expect } from 'vitest'
import { eventually } from './eventually.ts'
import type { AnyFields, State } from './state.ts'

const PERIOD_MS = 10

export interface LoadOptions {
  readonly topics: number
  readonly updatesPerS: number
  /** How many bytes an update has, about. */
  readonly updateBytes: number
}

export class Load {
  /** The last published record of each topic. */
  readonly records = new Map<string, AnyFields>()
  private readonly redis: Redis
  private readonly options: LoadOptions
  private timer: NodeJS.Timeout | undefined
  private count = 0

  constructor(redisUrl: string, options: LoadOptions) {
    this.redis = new Redis(redisUrl)
    this.options = options
    this.resume()
  }

  /** Publishes on and on. */
  resume(): void {
    this.timer ??= setInterval(() => this.publish(), PERIOD_MS)
  }

  pause(): void {
    clearInterval(this.timer)
    this.timer = undefined
  }

  stop(): void {
    this.pause()
    this.redis.disconnect()
  }

  /** Pauses until the clients hold exactly what was published, then goes on. */
  async check(...clients: readonly State[]): Promise<void> {
    this.pause()
    try {
      for (const { records, violations } of clients) {
        await eventually(() => expect(records).toEqual(this.records))
        expect(violations).toEqual([])
      }
    } finally {
      this.resume()
    }
  }

  private publish(): void {
    const { topics, updatesPerS, updateBytes } = this.options
    const batch = this.redis.pipeline()
    for (let i = 0; i < (updatesPerS * PERIOD_MS) / 1_000; i++) {
      const n = this.count++
      const topic = `ticker:LOAD-${n % topics}`
      const record = { n, text: 'x'.repeat(updateBytes) }
      this.records.set(topic, record)
      batch.publish(topic, JSON.stringify(record))
    }
    batch.exec().catch(() => {}) // the test is over, and Redis with it
  }
}
