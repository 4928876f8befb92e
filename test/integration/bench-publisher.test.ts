/**
 * Bench publisher: goal: what it says it has published is what Redis was given. Method: a subscriber of the test's own
 * beside it, through rates that change, a Redis that vanishes, and a recording that begins again.
 */
import { gzipSync } from 'node:zlib'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { wallMs } from '../../bench/load/clock.ts'
import { Publisher } from '../../bench/load/publisher.ts'
import { eventually } from '../support/eventually.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { temporaryFile } from '../support/temporary-file.ts'

interface Payload {
  readonly [field: string]: unknown
  readonly mark: string
  readonly ts: number
}

test('a rate that is set holds from then on, without a burst', async () => {
  const { redis, publisher } = await stage()
  const seen = await listen(redis)
  const load = { topics: 5, updatesPerS: 0, order: 'turns' } as const
  expect(await publisher.prepare(redis.url, load)).toHaveLength(5)
  await publisher.start()
  await publisher.setRate(1_000)
  await eventually(() => seen.length >= 200)
  await publisher.setRate(100)
  const changed = wallMs()
  await eventually(() => seen.filter(({ ts }) => ts > changed).length >= 20)
  const { counts, total, lost } = await publisher.finish()
  await eventually(() => seen.length === total)
  expect({ sum: counts.reduce((a, b) => a + b), lost }).toEqual({ sum: total, lost: 0 })
  // One each ms, and then one each 10 ms, however late they went out.
  expect(stepsMs(seen.slice(0, 200))).toEqual([1])
  expect(stepsMs(seen.filter(({ ts }) => ts > changed))).toEqual([10])
  await expect(publisher.setRate(-1)).rejects.toThrow('-1 updates a second is no rate')
})

test('what Redis did not take is lost, and publishing goes on', async () => {
  const { redis, publisher } = await stage()
  await publisher.prepare(redis.url, { topics: 10, updatesPerS: 2_000, order: 'random' })
  await publisher.start()
  await eventually(async () => (await publisher.sample()).published > 0)
  await redis.restart()
  await eventually(async () => (await publisher.sample()).published > 0)
  const seen = await listen(redis)
  await eventually(() => new Set(seen.map(({ mark }) => mark.slice(0, 3))).size === 10)
  const { counts, total, lost } = await publisher.finish()
  expect(lost).toBeGreaterThan(0)
  // Numbers go on through the outage.
  expect(counts.reduce((a, b) => a + b)).toBe(total + lost)
  await eventually(() => {
    const marks = seen.map(({ mark }) => [Number(mark.slice(0, 3)), Number(mark.slice(4))] as const)
    const last = new Map(marks)
    expect(counts.map((_, topic) => last.get(topic))).toEqual(counts)
  })
})

test('a recording is published at its own times, over and over', async () => {
  const { redis, publisher } = await stage()
  const seen = await listen(redis)
  const lines = [
    { ts: 1_000, venue: 'a', symbol: 'X', bid: '1.50', seq: 7 },
    { ts: 1_100, venue: 'b', symbol: 'Y', last: '2', gone: null },
    { ts: 1_100, venue: 'b', symbol: 'Y', last: '3' },
  ]
  const file = await fileOf(gzipSync(lines.map((line) => JSON.stringify(line)).join('\n')))
  const recording = { file, topic: 'ticker:{venue}:{symbol}', speed: 10 }
  const load = { topics: 0, updatesPerS: 0, order: 'turns', recording } as const
  expect(await publisher.prepare(redis.url, load)).toEqual(['ticker:a:X', 'ticker:b:Y'])
  await publisher.start()
  await eventually(() => seen.length >= 7)
  const { counts, lost } = await publisher.finish()
  expect(lost).toBe(0)
  expect(counts[1]).toBeGreaterThan(counts[0]!)
  expect(seen.slice(0, 4)).toEqual([
    { venue: 'a', symbol: 'X', bid: '1.50', mark: '000-0000001', ts: expect.any(Number) },
    { venue: 'b', symbol: 'Y', last: '2', gone: null, mark: '001-0000001', ts: expect.any(Number) },
    { venue: 'b', symbol: 'Y', last: '3', mark: '001-0000002', ts: expect.any(Number) },
    { venue: 'a', symbol: 'X', bid: '1.50', mark: '000-0000002', ts: expect.any(Number) },
  ])
  // No two updates of a topic have the same time: a delta would leave it out.
  const [first, second, third] = seen.map(({ ts }) => ts)
  expect(second! - first!).toBeCloseTo(10, 2)
  expect(third! - second!).toBeCloseTo(0.001, 3)
  await expect(publisher.setRate(5)).rejects.toThrow('it has no rate to set')
})

test.each([
  { why: 'a line that is none', text: '{', says: 'line 1: not_json' },
  { why: 'no line', text: '', says: 'has no updates' },
  {
    why: 'too many topics',
    text: Array.from({ length: 1_001 }, (_, i) => JSON.stringify({ symbol: `S${i}` })).join('\n'),
    says: 'has more than 1000 topics',
  },
])('a recording with $why is refused', async ({ text, says }) => {
  const { redis, publisher } = await stage()
  const recording = { file: await fileOf(text), topic: 'ticker:{symbol}', speed: 1 }
  const load = { topics: 0, updatesPerS: 0, order: 'turns', recording } as const
  await expect(publisher.prepare(redis.url, load)).rejects.toThrow(says)
})

async function stage(): Promise<{ redis: TestRedis; publisher: Publisher }> {
  const redis = await startRedis()
  onTestFinished(redis.stop)
  const publisher = new Publisher()
  onTestFinished(() => publisher.stop())
  return { redis, publisher }
}

/** All payloads from now on. */
async function listen({ url }: TestRedis): Promise<Payload[]> {
  const seen: Payload[] = []
  const redis = new Redis(url)
  onTestFinished(() => redis.disconnect())
  redis.on('error', () => {}) // its server ends with the test
  redis.on('pmessage', (_pattern: string, _channel: string, payload: string) => {
    seen.push(JSON.parse(payload) as Payload)
  })
  await redis.psubscribe('ticker:*')
  return seen
}

async function fileOf(content: string | Buffer): Promise<string> {
  const { path, remove } = await temporaryFile('recording', content)
  onTestFinished(remove)
  return path
}

/** How far apart payloads were due, each distance once. */
function stepsMs(payloads: readonly Payload[]): number[] {
  const steps = payloads.slice(1).map(({ ts }, i) => Math.round((ts - payloads[i]!.ts) * 100) / 100)
  return [...new Set(steps)]
}
