/**
 * Redis source against a real Redis: goal: after every kind of break the market is exactly what was published.
 * Method: a publisher that knows the truth goes on all the while; Redis is killed, stopped and made to misbehave.
 */
import { Redis } from 'ioredis'
import { onTestFinished, test as plainTest, vi } from 'vitest'
import { RedisSource } from '../../src/ingest/redis.ts'
import { RedisPublisher } from '../../src/ingest/redis-publisher.ts'
import type { Update } from '../../src/market/record.ts'
import { eventually } from '../support/eventually.ts'
import { MarketBehind } from '../support/market-behind.ts'
import { startRedis, type TestRedis, type TestRedisOptions } from '../support/redis.ts'
import { StubbornPublisher } from '../support/stubborn-publisher.ts'

const KEY = 'tickwire:last'
const GROWTH = 500

const test = plainTest.extend<{ behind: MarketBehind }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names that a fixture needs from here
  behind: async ({}, use) => use(new MarketBehind()),
})

async function redisHere(options?: TestRedisOptions): Promise<TestRedis> {
  const redis = await startRedis(options)
  onTestFinished(() => redis.stop())
  return redis
}

/** A started source, stopped after the test; returns what it logs. */
async function follow(behind: MarketBehind, url: string, patterns = ['ticker:*']) {
  const log = { info: vi.fn(), warn: vi.fn() }
  const source = new RedisSource({ url, wanted: { patterns }, log })
  onTestFinished(() => source.stop())
  await source.start(behind.sink)
  return log
}

async function grow(publisher: StubbornPublisher): Promise<void> {
  const wanted = publisher.publishedCount + GROWTH
  await eventually(() => publisher.publishedCount >= wanted)
}

const becomes = (behind: MarketBehind, state: string) =>
  eventually(() => behind.feed.state === state)

test('what is stored at the start is there, and malformed entries are counted', async ({
  behind,
  expect,
}) => {
  const redis = await redisHere()
  const good = { 'ticker:A': { bid: '1', live: true }, 'ticker:B': { bid: '2' } }
  for (const [topic, record] of Object.entries(good)) {
    await redis.command('hset', KEY, topic, JSON.stringify(record))
  }
  await redis.command('hset', KEY, 'ticker:C', 'not json', 'ticker:D', '[{"bid":"1"}]')
  await redis.command('hset', KEY, 'book:A', '{"bid":"1"}')
  await follow(behind, redis.url)
  await becomes(behind, 'live')
  expect(behind.records).toEqual(good)
  expect(behind.market.find('book:A')).toBeUndefined()
  expect(behind.complaints.sort()).toEqual(['not_an_object ticker:D', 'not_msgpack ticker:C'])
})

test('messages are merged, entry by entry, in both encodings', async ({ behind, expect }) => {
  const redis = await redisHere()
  await follow(behind, redis.url, ['ticker:*', 'other:?'])
  await becomes(behind, 'live')
  await redis.command('publish', 'ticker:A', '{"bid":"1","ask":"2"}')
  await redis.command('publish', 'ticker:A', '[{"ask":null},7,{"last":3}]')
  await redis.command('publish', 'other:x', Buffer.from([0x81, 0xa1, 0x61, 0x01]))
  await redis.command('publish', 'ticker:no topic', '{"bid":"1"}')
  await redis.command('publish', 'ticker:A', 'oops')
  await eventually(() => expect(behind.complaints.length).toBe(3))
  expect(behind.records).toEqual({ 'ticker:A': { bid: '1', last: 3 } })
  expect(behind.market.find('other:x')?.fields).toEqual({ a: 1 })
  expect(behind.complaints).toEqual([
    'not_an_object ticker:A',
    'bad_topic ticker:no topic',
    'not_msgpack ticker:A',
  ])
})

test('Redis is killed and comes back empty under load', async ({ behind, expect }) => {
  const redis = await redisHere()
  await follow(behind, redis.url)
  const publisher = new StubbornPublisher(redis.url)
  await becomes(behind, 'live')
  await grow(publisher)
  await redis.kill()
  await becomes(behind, 'down')
  await redis.restart()
  await becomes(behind, 'live')
  await grow(publisher)
  await publisher.stop()
  await eventually(() => expect(behind.records).toEqual(publisher.records))
})

test('Redis hangs with its connections open, and goes on', async ({ behind, expect }) => {
  const redis = await redisHere()
  await follow(behind, redis.url)
  const publisher = new StubbornPublisher(redis.url)
  await becomes(behind, 'live')
  await grow(publisher)
  redis.pause()
  await becomes(behind, 'down')
  redis.resume()
  await becomes(behind, 'live')
  await grow(publisher)
  await publisher.stop()
  await eventually(() => expect(behind.records).toEqual(publisher.records))
})

test('Redis drops the subscriber alone, again and again', async ({ behind, expect }) => {
  const redis = await redisHere()
  await follow(behind, redis.url)
  const publisher = new StubbornPublisher(redis.url)
  for (let i = 1; i <= 5; i++) {
    await becomes(behind, 'live')
    await redis.command('client', 'kill', 'type', 'pubsub')
    await eventually(() => behind.sink.counters.downs === i)
    await grow(publisher)
  }
  await becomes(behind, 'live')
  await publisher.stop()
  await eventually(() => expect(behind.records).toEqual(publisher.records))
})

test('a Redis that is not there yet is waited for', async ({ behind, expect }) => {
  const redis = await redisHere()
  await redis.kill()
  const log = await follow(behind, redis.url)
  await eventually(() => expect(log.warn).toHaveBeenCalled())
  await redis.restart()
  await becomes(behind, 'live')
})

test.for([
  { why: 'is no hash', setup: ['set', KEY, 'x'], user: '' },
  {
    why: 'may not be read',
    setup: ['acl', 'setuser', 'u', 'on', '>p', '~x', '&*', '+@all'],
    user: 'u:p@',
  },
])('a store that $why is done without', async ({ setup, user }, { expect }) => {
  const behind = new MarketBehind()
  const redis = await redisHere()
  const [name, ...args] = setup
  await redis.command(name!, ...args)
  await follow(behind, redis.url.replace('://', `://${user}`))
  await becomes(behind, 'live')
  await redis.command('publish', 'ticker:A', '{"bid":"1"}')
  await eventually(() => expect(behind.records).toEqual({ 'ticker:A': { bid: '1' } }))
})

test('a reading that Redis refuses is tried again, and what came meanwhile stays newer', async ({
  behind,
  expect,
}) => {
  const redis = await redisHere()
  const other = new Redis(redis.url)
  onTestFinished(() => other.disconnect())
  await other.hset(KEY, 'ticker:A', '{"bid":"old"}', 'ticker:B', '{"bid":"old","ask":"old"}')
  await other.config('SET', 'maxclients', '2') // this one and the subscriber
  const log = await follow(behind, redis.url)
  await eventually(async () => (await other.call('pubsub', 'numpat')) === 1)
  await other.publish('ticker:B', '{"bid":"new"}')
  await eventually(() => {
    expect(log.warn.mock.lastCall?.[0].why).toContain('max number of clients')
    expect(behind.records).toEqual({ 'ticker:B': { bid: 'new' } })
  })
  expect(behind.feed.state).toBe('down')
  await other.config('SET', 'maxclients', '100')
  await becomes(behind, 'live')
  expect(behind.records).toEqual({
    'ticker:A': { bid: 'old' },
    'ticker:B': { bid: 'new', ask: 'old' },
  })
})

test('the password is used and not logged', async ({ behind, expect }) => {
  const redis = await redisHere({ password: 'open-sesame' })
  const log = await follow(behind, redis.url)
  await becomes(behind, 'live')
  await redis.kill()
  await becomes(behind, 'down')
  const logged = JSON.stringify([log.info.mock.calls, log.warn.mock.calls])
  expect(logged).toContain(`127.0.0.1:${redis.port}/0`)
  expect(logged).not.toContain('sesame')
})

test('changes that race with the reading of a large store lose nothing and revive nothing', async ({
  behind,
  expect,
}) => {
  const redis = await redisHere()
  const truth: Record<string, Update> = {}
  const publisher = await RedisPublisher.connect({ url: redis.url })
  const say = async (topic: string, update: Update) => {
    truth[topic] = { ...truth[topic], ...update }
    for (const name in update) if (update[name] === null) delete truth[topic][name]
    await publisher.publish([{ topic, update, payload: JSON.stringify(update) }])
  }
  const topics = Array.from({ length: 20_000 }, (_, i) => `ticker:T${i}`)
  const first = { bid: '1', ask: '2', halted: true }
  for (const topic of topics) truth[topic] = first
  const payload = JSON.stringify(first)
  await publisher.publish(topics.map((topic) => ({ topic, update: first, payload })))

  await follow(behind, redis.url)
  let step = 0
  const change = () => {
    const topic = topics[(step++ * 7_919) % topics.length]!
    return say(topic, step % 3 === 0 ? { halted: null } : { [step % 2 ? 'bid' : 'ask']: `${step}` })
  }
  while (behind.feed.state !== 'live') await change()
  for (let i = 0; i < GROWTH; i++) await change()
  await publisher.close()
  await eventually(() => expect(behind.records).toEqual(truth))
})

test('fields published while the store is read win over stored ones, all others stay', async ({
  behind,
  expect,
}) => {
  const redis = await redisHere()
  const topics = Array.from({ length: 5_000 }, (_, i) => `ticker:T${i}`)
  const stored = topics.flatMap((topic) => [topic, '{"bid":"old","ask":"old","halted":true}'])
  await redis.command('hset', KEY, ...stored)
  await follow(behind, redis.url)
  await eventually(async () => (await redis.command('pubsub', 'numpat')) === 1)
  // This publisher does not keep the store: only the order of subscribing and reading can save its changes.
  await Promise.all(
    topics
      .filter((_, i) => i % 50 === 0)
      .map((topic) => redis.command('publish', topic, '{"bid":"new","halted":null}')),
  )
  await becomes(behind, 'live')
  await eventually(() => expect(behind.sink.counters.updates).toBeGreaterThanOrEqual(5_100))
  const expected = topics.map((topic, i) => {
    const isNew = i % 50 === 0
    return [topic, isNew ? { bid: 'new', ask: 'old' } : { bid: 'old', ask: 'old', halted: true }]
  })
  expect(behind.records).toEqual(Object.fromEntries(expected))
})
