/**
 * Restarts: of the server, which finds the records in Redis, and of Redis, which comes back empty.
 */
import { expect, onTestFinished, test } from 'vitest'
import { Client } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { freePort, startRedis, type TestRedis } from '../support/redis.ts'
import { type ServerProcess, serveProcess } from '../support/serve.ts'
import type { AnyFields } from '../support/state.ts'
import { StubbornPublisher } from '../support/stubborn-publisher.ts'

/** All that a client can ask for differently. */
const WAYS = [
  { dialect: 'json', mode: 'full' },
  { dialect: 'json', mode: 'delta' },
  { dialect: 'msgpack', mode: 'full' },
  { dialect: 'msgpack', mode: 'delta' },
] as const

test('a server that starts serves what Redis holds, though nothing is published', async () => {
  const redis = await redisHere()
  const records: Record<string, AnyFields> = {
    'ticker:BTC-USD': { bid: '58721.20', ask: '58721.30', ts: 1617647428063 },
    'ticker:ETH-USD': { bid: '2105.10', halted: true },
  }
  for (const [topic, record] of Object.entries(records)) {
    await redis.command('hset', 'tickwire:last', topic, JSON.stringify(record))
  }
  const server = await serverAt(redis)
  const named = await Client.connect(server.url)
  await eventually(() => statesOf(named).endsWith('live'))
  const [btc, eth] = Object.keys(records)
  expect(await named.subscribe([btc!, eth!])).toMatchObject({
    topics: [
      { topic: btc, held: true },
      { topic: eth, held: true },
    ],
  })
  await eventually(() => expect(Object.fromEntries(named.records)).toEqual(records))
  const all = await Client.connect(server.url, { dialect: 'msgpack' })
  await all.subscribe(['ticker:*'], { mode: 'delta' })
  await eventually(() => expect(Object.fromEntries(all.records)).toEqual(records))
})

test('Redis is killed and comes back empty under load: down, live, and exact', async () => {
  const redis = await redisHere()
  const server = await serverAt(redis)
  const publisher = publisherTo(redis)
  const clients = await join(server)
  await grow(publisher)

  await redis.kill()
  for (const client of clients) await eventually(() => statesOf(client).endsWith('down'))
  await redis.restart()
  for (const client of clients) await eventually(() => statesOf(client).endsWith('down live'))
  await grow(publisher)
  await publisher.stop()

  await exact(clients, publisher.records)
  for (const client of clients) {
    expect(client.violations).toEqual([])
    expect(client.closed).toBeNull()
  }
})

test('the server restarts on its port: clients come back and are exact at once', async () => {
  const redis = await redisHere()
  const port = { TICKWIRE_PORT: `${await freePort()}` }
  const first = await serverAt(redis, port)
  const publisher = publisherTo(redis)
  const before = await join(first)
  await grow(publisher)

  expect(await first.program.terminate()).toBe(0)
  for (const client of before) {
    expect(await client.untilClosed()).toEqual({ code: 1012, reason: 'restart' })
    expect(client.notices.at(-1)).toMatchObject({ type: 'goaway', reason: 'restart' })
  }
  await grow(publisher) // which nobody hears
  await publisher.stop()
  const second = await serverAt(redis, port)
  const after = await join(second)
  await exact(after, publisher.records)
  expect(after[0]!.notices[0]!.server).not.toBe(before[0]!.notices[0]!.server)
})

async function redisHere(): Promise<TestRedis> {
  const redis = await startRedis()
  onTestFinished(redis.stop)
  return redis
}

async function serverAt(redis: TestRedis, env = {}): Promise<ServerProcess> {
  const server = await serveProcess({ TICKWIRE_REDIS_URL: redis.url, ...env })
  onTestFinished(server.stop)
  return server
}

function publisherTo(redis: TestRedis): StubbornPublisher {
  const publisher = new StubbornPublisher(redis.url)
  onTestFinished(() => publisher.abandon())
  return publisher
}

/** Clients of every way, each subscribed to the whole channel. */
function join(server: ServerProcess): Promise<Client[]> {
  return Promise.all(
    WAYS.map(async ({ dialect, mode }) => {
      const client = await Client.connect(server.url, { dialect })
      await client.subscribe(['ticker:*'], { mode })
      return client
    }),
  )
}

/** Waits until the publisher has said a good deal more. */
async function grow(publisher: StubbornPublisher): Promise<void> {
  const before = publisher.publishedCount
  await eventually(() => publisher.publishedCount > before + 1_000)
}

async function exact(clients: readonly Client[], records: Record<string, AnyFields>) {
  for (const client of clients) {
    await eventually(() => expect(Object.fromEntries(client.records)).toEqual(records))
  }
}

/** What the client has been told of the feed, from the greeting on. */
function statesOf({ notices }: Client): string {
  return notices.flatMap(({ feed }) => feed ?? []).join(' ')
}
