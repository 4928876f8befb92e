/**
 * Redis scene: what the tests of Redis's faults share: a server process at a Redis, a publisher that does not give up,
 * and a client of every way, which is asked what it was told and what it holds. All end with the test.
 */
import { expect, onTestFinished } from 'vitest'
import { Client } from './client.ts'
import { eventually } from './eventually.ts'
import type { Env } from './program.ts'
import { startRedis, type TestRedis, type TestRedisOptions } from './redis.ts'
import { type Served, type ServerProcess, serveProcess } from './serve.ts'
import type { AnyFields } from './state.ts'
import { type PublisherTarget, StubbornPublisher } from './stubborn-publisher.ts'

/** All that a client can ask for differently. */
const WAYS = [
  { dialect: 'json', mode: 'full' },
  { dialect: 'json', mode: 'delta' },
  { dialect: 'msgpack', mode: 'full' },
  { dialect: 'msgpack', mode: 'delta' },
] as const

/** Enough that the fault meets a publisher in full swing. */
const GROWTH_UPDATES = 1_000
/** Outages are long where much else runs on the same cores. */
const PATIENCE = { timeoutMs: 60_000 }

/** A Redis that ends with the test. */
export async function redisHere(options?: TestRedisOptions): Promise<TestRedis> {
  const redis = await startRedis(options)
  onTestFinished(redis.stop)
  return redis
}

/** A server process that logs, and ends with the test. */
export async function serverAt(url: string, env: Env = {}): Promise<ServerProcess> {
  const server = await serveProcess({
    TICKWIRE_REDIS_URL: url,
    TICKWIRE_LOG_LEVEL: 'info',
    ...env,
  })
  onTestFinished(server.stop)
  return server
}

/** A publisher that stops with the test, whatever is told. */
export function publisherTo(target: PublisherTarget, prefix = ''): StubbornPublisher {
  const publisher = new StubbornPublisher(target, prefix)
  onTestFinished(() => publisher.abandon())
  return publisher
}

/** Clients of every way, each subscribed to the whole channel. */
export function join(server: Served): Promise<Client[]> {
  return Promise.all(
    WAYS.map(async ({ dialect, mode }) => {
      const client = await Client.connect(server.url, { dialect })
      await client.subscribe(['ticker:*'], { mode })
      return client
    }),
  )
}

/** Waits until the publisher has said a good deal more. */
export async function grow(publisher: StubbornPublisher): Promise<void> {
  const wanted = publisher.publishedCount + GROWTH_UPDATES
  await eventually(() => publisher.publishedCount >= wanted, PATIENCE)
}

/** Waits until every client has been told these states, last of all that it was told. */
export async function told(clients: readonly Client[], states: string): Promise<void> {
  for (const client of clients) {
    await eventually(() => expect(statesOf(client)).toMatch(new RegExp(`${states}$`)), PATIENCE)
  }
}

/** Waits until every client holds exactly this, without having been closed or sent anything wrong. */
export async function exact(
  clients: readonly Client[],
  records: Record<string, AnyFields>,
): Promise<void> {
  for (const client of clients) {
    await eventually(() => expect(Object.fromEntries(client.records)).toEqual(records), PATIENCE)
    expect(client.violations).toEqual([])
    expect(client.closed).toBeNull()
  }
}

/** What the client has been told of the feed, from the greeting on. */
export function statesOf({ notices }: Client): string {
  return notices.flatMap(({ feed }) => feed ?? []).join(' ')
}

/** The server's log lines of this event. */
export function logged({ program }: ServerProcess, event: string): Record<string, unknown>[] {
  const lines = program.stderr.split('\n').filter((line) => line.startsWith('{'))
  return lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === event)
}
