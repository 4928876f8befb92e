/**
 * A poisoned store: goal: whatever stands in tickwire:last, the good records are served, the others are counted, and it
 * takes bounded time and memory. Method: a real Redis is filled with it before the server starts.
 */
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { manyFields } from '../support/bad-payloads.ts'
import { Client } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import type { TestRedis } from '../support/redis.ts'
import { logged, redisHere, serverAt, told } from '../support/redis-scene.ts'
import { metricsOf } from '../support/serve.ts'

const KEY = 'tickwire:last'
const GOOD = { 'ticker:A': { bid: '1' }, 'ticker:B': { bid: '2', halted: true } }
const GOOD_TEXTS = Object.fromEntries(
  Object.entries(GOOD).map(([topic, record]) => [topic, JSON.stringify(record)]),
)
const SLOW = { timeout: 120_000 }
const MIB = 1024 * 1024

/** Topic -> what stands there, and the metric that counts it. */
const POISON: readonly [topic: string, text: string | Buffer, counted: string][] = [
  ['ticker:EMPTY', '', 'malformed{reason="empty"}'],
  ['ticker:TEXT', 'not json', 'malformed{reason="not_msgpack"}'],
  ['ticker:HALF', '{"bid":', 'malformed{reason="not_json"}'],
  ['ticker:LIST', '[{"bid":"1"}]', 'malformed{reason="not_an_object"}'],
  ['ticker:NESTED', '{"bid":{"deep":{"er":1}}}', 'malformed{reason="bad_field_value"}'],
  [
    'ticker:DEEP',
    `${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`,
    'malformed{reason="bad_field_value"}',
  ],
  ['ticker:PROTO', '{"__proto__":{"polluted":1}}', 'malformed{reason="bad_field_name"}'],
  ['ticker:WIDE', JSON.stringify(manyFields(65)), 'malformed{reason="too_many_fields"}'],
  ['ticker:BYTES', Buffer.from([0x7b, 0xff, 0x7d]), 'malformed{reason="not_utf8"}'],
  ['ticker:HUGE', 'x'.repeat(10 * MIB), 'malformed{reason="too_large"}'],
  ['ticker:no topic', '{"bid":"1"}', 'refused{reason="bad_topic"}'],
  ['ticker:', '{"bid":"1"}', 'refused{reason="bad_topic"}'],
  ['ticker:*', '{"bid":"1"}', 'refused{reason="bad_topic"}'],
  [`ticker:${'x'.repeat(1_000)}`, '{"bid":"1"}', 'refused{reason="bad_topic"}'],
]

test('entries of every bad kind: each is counted, and the good ones are served', SLOW, async () => {
  const redis = await redisHere()
  const publisher = clientOf(redis)
  await publisher.hset(KEY, GOOD_TEXTS)
  for (const [topic, text] of POISON) await publisher.hset(KEY, topic, text)
  // Names that mean something to JavaScript are names like any other, or none.
  await publisher.hset(KEY, { __proto__x: '{}', 'ticker:__proto__': '{"bid":"3"}' })
  await publisher.hset(KEY, '__proto__', '{"bid":"1"}', 'constructor', '{"bid":"1"}')
  const server = await serverAt(redis.url, { TICKWIRE_REDIS_PATTERNS: 'ticker:*,__proto__,con*' })
  const client = await Client.connect(server.url)
  await client.subscribe(['ticker:*'])
  await told([client], 'live')
  const served = { ...GOOD, 'ticker:__proto__': { bid: '3' } }
  await eventually(() => expect(Object.fromEntries(client.records)).toEqual(served))

  const counts: Record<string, number> = {}
  for (const [, , name] of POISON) counts[name] = (counts[name] ?? 0) + 1
  counts['refused{reason="bad_topic"}']! += 2
  const metrics = await metricsOf(server)
  for (const [name, count] of Object.entries(counts)) {
    expect([name, metrics[`tickwire_${name.replace('{', '_total{')}`]]).toEqual([name, count])
  }
})

test('200,000 junk entries beside the good ones', SLOW, async () => {
  const redis = await redisHere()
  const publisher = clientOf(redis)
  await publisher.hset(KEY, GOOD_TEXTS)
  for (let from = 0; from < 200_000; from += 10_000) {
    const junk = Array.from({ length: 10_000 }, (_, i) => [`ticker:JUNK-${from + i}`, 'junk'])
    await publisher.hset(KEY, ...junk.flat())
  }
  const server = await serverAt(redis.url)
  const client = await Client.connect(server.url)
  await client.subscribe(['ticker:*'])
  await told([client], 'live')
  await eventually(() => expect(Object.fromEntries(client.records)).toEqual(GOOD))
  const metrics = await metricsOf(server)
  expect(metrics['tickwire_malformed_total{reason="not_msgpack"}']).toBe(200_000)
  expect(metrics.tickwire_topics).toBe(2)
  // Said now and then, not each time.
  expect(logged(server, 'update refused').length).toBeLessThan(5)
})

test('200 entries of 5 MiB: they are never all in memory', SLOW, async () => {
  const redis = await redisHere()
  const publisher = clientOf(redis)
  const huge = Buffer.alloc(5 * MIB, 'x')
  for (let i = 0; i < 200; i++) await publisher.hset(KEY, `ticker:HUGE-${i}`, huge)
  await publisher.hset(KEY, GOOD_TEXTS)
  const server = await serverAt(redis.url)
  const most = { bytes: 0 }
  const timer = setInterval(async () => {
    most.bytes = Math.max(most.bytes, await server.rssBytes().catch(() => 0))
  }, 20)
  onTestFinished(() => clearInterval(timer))
  const client = await Client.connect(server.url)
  await client.subscribe(['ticker:*'])
  await told([client], 'live')
  await eventually(() => expect(Object.fromEntries(client.records)).toEqual(GOOD))
  const metrics = await metricsOf(server)
  expect(metrics['tickwire_malformed_total{reason="too_large"}']).toBe(200)
  // All of them are a GiB.
  console.log(`200 entries of 5 MiB: RSS at most ${Math.round(most.bytes / MIB)} MiB`)
  expect(most.bytes).toBeLessThan(500 * MIB)
})

test.each([
  { what: 'a text', setup: ['set', KEY, 'x'] },
  { what: 'a list', setup: ['rpush', KEY, 'ticker:A', '{"bid":"1"}'] },
  { what: 'a stream', setup: ['xadd', KEY, '*', 'ticker:A', '{"bid":"1"}'] },
])('$what in its place: said once, and served without', SLOW, async ({ setup }) => {
  const redis = await redisHere()
  const [name, ...args] = setup
  await redis.command(name!, ...args)
  const server = await serverAt(redis.url)
  const client = await Client.connect(server.url)
  await client.subscribe(['ticker:*'])
  await told([client], 'live')
  await redis.command('publish', 'ticker:A', '{"bid":"2"}')
  await eventually(() => expect(client.records.get('ticker:A')).toEqual({ bid: '2' }))
  expect(logged(server, 'stored records are not readable')).toMatchObject([
    { why: expect.stringContaining('WRONGTYPE') },
  ])
})

function clientOf(redis: TestRedis): Redis {
  const client = new Redis(redis.url)
  onTestFinished(() => client.disconnect())
  return client
}
