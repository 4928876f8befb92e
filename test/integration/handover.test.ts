/**
 * Handover: goal: whoever follows goaway from a server that ends to another one on its port misses no update. Method:
 * real Redis, two processes, a publisher that numbers its updates, and a hundred independent clients, each of which
 * keeps its connection until the next one is as far. They go at once: when they are told to is looked at beside.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { RedisPublisher } from '../../src/ingest/redis-publisher.ts'
import { Client } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { freePort, startRedis } from '../support/redis.ts'
import { type ServerProcess, serveProcess } from '../support/serve.ts'

const CLIENTS = 100
const TOPICS = Array.from({ length: 50 }, (_, i) => `ticker:S${i}`)
const TOPICS_EACH = 20
const BATCH_UPDATES = 5
const PERIOD_MS = 20
/** Longer than the test: nobody is closed before it has gone. */
const DRAIN_MS = 300_000
/** The last 5 s are for whoever comes last. */
const WINDOW_MS = DRAIN_MS - 5_000

test('a hundred clients move to a second server, and miss nothing', async () => {
  const redis = await startRedis()
  onTestFinished(redis.stop)
  const env = {
    TICKWIRE_REDIS_URL: redis.url,
    TICKWIRE_PORT: `${await freePort()}`,
    TICKWIRE_SHARE_PORT: 'true',
    TICKWIRE_DRAIN_MS: `${DRAIN_MS}`,
  }
  const publisher = new NumberingPublisher(redis.url)
  onTestFinished(() => publisher.stop())
  const first = await serverHere(env)
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, (_, i) => join(first, topicsOf(i))),
  )
  const second = await serverHere(env)
  await eventually(async () => {
    const response = await fetch(`${second.admin}/readyz`)
    expect(await response.json()).toMatchObject({ ready: true, topics: TOPICS.length })
  })

  const ended = first.program.terminate()
  const moved = await Promise.all(clients.map((client, i) => follow(client, second, topicsOf(i))))

  expect(await ended, first.program.stderr).toBe(0)
  const next = moved.map((it) => it.next)
  const servers = next.map(({ notices }) => notices[0]!.server)
  expect(new Set(servers).size).toBe(1)
  expect(servers).not.toContain(clients[0]!.notices[0]!.server)
  expect(moved.flatMap(({ missed }) => missed)).toEqual([])
  expect(tenthsOf(clients)).toEqual(Array(10).fill(CLIENTS / 10))
  await publisher.stop()
  for (const [i, client] of next.entries()) {
    const last = topicsOf(i).map((topic) => [topic, publisher.numbers.get(topic)])
    await eventually(() =>
      expect(Object.fromEntries(client.versions)).toEqual(Object.fromEntries(last)),
    )
  }
  for (const client of [...clients, ...next]) expect(client.violations).toEqual([])
})

/** Opens the next connection, and closes the last once the next one is as far; returns what lay between the two. */
async function follow(last: Client, server: ServerProcess, topics: string[]) {
  await last.until('goaway')
  const next = await join(server, topics)
  await eventually(() =>
    topics.every((topic) => (next.versions.get(topic) ?? 0) >= last.versions.get(topic)!),
  )
  const missed = topics.filter((topic) => next.firsts.get(topic)! > last.versions.get(topic)! + 1)
  await last.close()
  expect(last.closed).toMatchObject({ code: 1005 }) // by its own will
  return { next, missed }
}

/** How many were told to come back in which tenth of the window. */
function tenthsOf(clients: readonly Client[]): number[] {
  const tenths = Array<number>(10).fill(0)
  for (const { notices } of clients) {
    const goaway = notices.find(({ type }) => type === 'goaway')!
    const [fromMs, toMs] = goaway.reconnectMs as [number, number]
    tenths[Math.floor(((fromMs + toMs) / 2 / WINDOW_MS) * 10)]!++
  }
  return tenths
}

function topicsOf(client: number): string[] {
  return Array.from({ length: TOPICS_EACH }, (_, i) => TOPICS[(client + i) % TOPICS.length]!)
}

async function join(server: ServerProcess, topics: string[]): Promise<Client> {
  const client = await Client.connect(server.url)
  onTestFinished(() => client.socket.terminate())
  await client.subscribe(topics)
  await eventually(() => client.versions.size === topics.length)
  return client
}

async function serverHere(env: Record<string, string>): Promise<ServerProcess> {
  const server = await serveProcess(env)
  onTestFinished(server.stop)
  return server
}

/** Publishes all topics in turn, each update with the topic's next number, until it is stopped. */
class NumberingPublisher {
  readonly numbers = new Map<string, number>()
  private readonly running: Promise<void>
  private isStopping = false

  constructor(url: string) {
    this.running = this.run(url)
  }

  /** Resolves when everything is in Redis. Safe to call twice. */
  async stop(): Promise<void> {
    this.isStopping = true
    await this.running
  }

  private async run(url: string): Promise<void> {
    const publisher = await RedisPublisher.connect({ url })
    await publisher.publish(TOPICS.map((topic) => this.next(topic)))
    for (let turn = 0; !this.isStopping; turn += BATCH_UPDATES) {
      const batch = Array.from(
        { length: BATCH_UPDATES },
        (_, i) => TOPICS[(turn + i) % TOPICS.length]!,
      )
      await publisher.publish(batch.map((topic) => this.next(topic)))
      await sleep(PERIOD_MS)
    }
    await publisher.close()
  }

  private next(topic: string) {
    const seq = (this.numbers.get(topic) ?? 0) + 1
    this.numbers.set(topic, seq)
    const update = { seq, bid: `${seq}` }
    return { topic, update, payload: JSON.stringify(update) }
  }
}
