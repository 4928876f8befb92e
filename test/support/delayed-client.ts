/**
 * Clients that watch how old values are as they come: those of topics whose records have a field `at`, the publisher's
 * performance.now(), which this process shares.
 */
import type { Update } from '../../src/market/record.ts'
import { Client, type ClientOptions } from './client.ts'
import type { ManualSource } from './manual-source.ts'
import { tokenFor } from './tokens.ts'

/** Whoever runs a clock test steps the wall clock by an hour. */
const TOKEN_LASTS_S = 100_000

export class DelayedClient {
  readonly client: Client
  /** By topic: the least age of a value as it came, ms. */
  readonly leastAgeMs = new Map<string, number>()
  /** By topic: how often it came. */
  readonly counts = new Map<string, number>()

  private constructor(client: Client) {
    this.client = client
    const versions = new Map<string, number>()
    // The client's own listener came first: it holds by now what this frame said.
    client.socket.on('message', () => {
      for (const [topic, version] of client.versions) {
        if (versions.get(topic) === version) continue
        versions.set(topic, version)
        this.note(topic, performance.now() - Number(client.records.get(topic)!.at))
      }
    })
  }

  /** Connects with a token that allows `topics`. */
  static async connect(
    url: string,
    topics: unknown,
    options: ClientOptions = {},
  ): Promise<DelayedClient> {
    const one = new DelayedClient(await Client.connect(url, options))
    const exp = Math.floor(Date.now() / 1_000) + TOKEN_LASTS_S
    const token = await tokenFor(topics, { claims: { exp } })
    await one.client.request('auth', { token })
    return one
  }

  countOf(topic: string): number {
    return this.counts.get(topic) ?? 0
  }

  private note(topic: string, ageMs: number): void {
    this.leastAgeMs.set(topic, Math.min(ageMs, this.leastAgeMs.get(topic) ?? ageMs))
    this.counts.set(topic, this.countOf(topic) + 1)
  }
}

/** Publishes a new value of each topic every few ms, with fields that come and go, until it is stopped. */
export class Ticker {
  private readonly source: ManualSource
  private readonly topics: readonly string[]
  private readonly timer: NodeJS.Timeout
  private value = 0

  constructor(source: ManualSource, topics: readonly string[], everyMs: number) {
    this.source = source
    this.topics = topics
    this.timer = setInterval(() => this.publish(), everyMs)
  }

  stop(): void {
    clearInterval(this.timer)
  }

  publish(): void {
    const value = this.value++
    const update: Update = { at: performance.now(), bid: `${value}`, odd: value % 2 === 1 || null }
    for (const topic of this.topics) this.source.update(topic, update)
  }
}
