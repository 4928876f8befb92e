/**
 * Stored records: goal: none of them overtakes an older message, and an attempt that has become an old one falls
 * silent. Method: a real Redis holds the records; the subscriber is a stand-in that delivers when it is pinged.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readStored } from '../../src/ingest/stored-records.ts'
import type { Wanted } from '../../src/ingest/wanted.ts'
import { RecordingSink } from '../support/recording-sink.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'

const TOPICS = Array.from({ length: 3_000 }, (_, i) => `ticker:T${i}`)

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
  const records = TOPICS.flatMap((topic) => [topic, '{"bid":"2"}'])
  await redis.command('hset', 'tickwire:last', ...records)
})
afterAll(() => redis.stop())

/** Reads with a subscriber that delivers one older message before each pong. */
async function read(
  isCurrent: () => boolean,
  wanted: Wanted = { patterns: ['ticker:*'] },
): Promise<RecordingSink> {
  const sink = new RecordingSink()
  const subscriber = { ping: async () => sink.update('ticker:T0', { bid: '1' }) }
  const reading = { target: { url: redis.url }, wanted, subscriber, sink, isCurrent }
  expect(await readStored(reading)).toBe('')
  return sink
}

test('each page comes after what was on the way when it was read, and none is missing', async () => {
  const sink = await read(() => true)
  expect(sink.calls[0]).toBe('update')
  expect(sink.count('update')).toBeGreaterThan(1)
  const topics = sink.said.flatMap((said) => (said.call === 'stored' ? [said.topic] : []))
  expect(new Set(topics)).toEqual(new Set(TOPICS))
})

test('of an old attempt nothing more is stored', async () => {
  let asked = 0
  const sink = await read(() => ++asked <= 2)
  expect(sink.calls.lastIndexOf('stored')).toBeLessThan(sink.calls.lastIndexOf('update'))
  expect(asked).toBe(3)
})

test('only topics of the patterns are read, and a pattern that matches none costs no ping', async () => {
  expect((await read(() => true, { patterns: ['other:*'] })).said).toEqual([])
  const some = await read(() => true, { patterns: ['ticker:T1?', 'ticker:T7'] })
  expect(some.count('stored')).toBe(11)
})

test('of topics by name, those that are stored are read, behind what was on the way', async () => {
  const topics = [...TOPICS.slice(0, 700), 'ticker:never-stored']
  const sink = await read(() => true, { topics, isSharded: false })
  expect(sink.calls[0]).toBe('update')
  expect(sink.count('update')).toBe(2)
  const stored = sink.said.flatMap((said) => (said.call === 'stored' ? [said.topic] : []))
  expect(stored).toEqual(TOPICS.slice(0, 700))
})

test('a Redis that is not there is an error, not a wait', async () => {
  const sink = new RecordingSink()
  const gone = await startRedis()
  await gone.stop()
  const reading = {
    target: { url: gone.url },
    wanted: { patterns: ['*'] },
    subscriber: { ping: async () => {} },
    sink,
  }
  await expect(readStored({ ...reading, isCurrent: () => true })).rejects.toThrow('ECONNREFUSED')
})
