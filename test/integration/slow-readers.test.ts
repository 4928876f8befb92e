/**
 * Slow readers: clients that read 50 kB/s of several times as much, through a real Redis and the kernel's own buffers.
 * What they read is current, in order, and exact in the end; nobody is disconnected, and memory does not grow.
 * The bound is a generous one, for machines that do other things as well: without credit the age grows by most of a
 * second each second, to above 10 s in the time that this runs. bench/scenario/slow-readers.ts has the figures.
 */
import { expect, onTestFinished, test } from 'vitest'
import { Publisher } from '../../bench/load/publisher.ts'
import { Receivers } from '../../bench/load/receivers.ts'
import { quantilesOf } from '../../bench/report/spread.ts'
import { eventually } from '../support/eventually.ts'
import { startRedis } from '../support/redis.ts'
import { metricOf, type ServerProcess, serveProcess } from '../support/serve.ts'

const TOPICS = 200
const UPDATES_PER_S = 2_000
const SLOW = 5
const SLOW_BYTES_PER_S = 50_000
const FAST = 20
/** By the publisher's clock: seconds that do not count, and all. */
const WARM_UP_S = 5
const SECONDS = 20
const AGE_MS_MAX = 5_000
const GROWTH_BYTES_MAX = 30 * 1024 * 1024

test('clients that read a fraction of the feed read current values', {
  timeout: 90_000,
}, async () => {
  const redis = await startRedis()
  onTestFinished(redis.stop)
  const server = await serveProcess({ TICKWIRE_REDIS_URL: redis.url })
  onTestFinished(server.stop)
  const publisher = new Publisher()
  onTestFinished(() => publisher.stop())
  const load = { topics: TOPICS, updatesPerS: UPDATES_PER_S, order: 'turns' } as const
  const topics = await publisher.prepare(redis.url, load)
  const fast = await gather(server, topics, FAST, null)
  const slow = await gather(server, topics, SLOW, SLOW_BYTES_PER_S)
  await publisher.start()
  await untilSecond(server, WARM_UP_S)
  await Promise.all([slow.begin(), fast.begin(), publisher.begin()])
  const rss = await server.rssBytes()
  await untilSecond(server, SECONDS)
  const seen = { slow: await slow.report(), fast: await fast.report() }
  const ages = {
    slow: quantilesOf({ histogram: seen.slow.ages })!,
    fast: quantilesOf({ histogram: seen.fast.ages })!,
  }
  const growth = (await server.rssBytes()) - rss
  const { counts, latenessMsP99 } = await publisher.finish()
  console.log(
    `slow ages: ${described(ages.slow)}; fast ages: ${described(ages.fast)}; ` +
      `RSS ${(growth / 1024 / 1024).toFixed(1)} MiB more; publisher ${latenessMsP99} ms late (p99)`,
  )

  expect(seen.slow.updates).toBeGreaterThan(0)
  expect(ages.slow.p99).toBeLessThan(AGE_MS_MAX)
  expect(growth).toBeLessThan(GROWTH_BYTES_MAX)
  await eventually(async () => expect(await fast.exact(counts)).toBe(FAST))
  await eventually(async () => expect(await slow.exact(counts)).toBe(SLOW))
  for (const { disorders, closed } of [await slow.report(), await fast.report()]) {
    expect({ disorders, closed }).toEqual({ disorders: 0, closed: 0 })
  }
  // Updates that are superseded are what keeps the slow ones current.
  expect(await metricOf(server, 'tickwire_superseded_total')).toBeGreaterThan(0)
})

async function gather(
  { url }: ServerProcess,
  topics: readonly string[],
  clients: number,
  bytesPerS: number | null,
): Promise<Receivers> {
  const receivers = new Receivers()
  onTestFinished(() => receivers.stop())
  const group = { name: 'clients', clients, topicsEach: TOPICS, bytesPerS }
  await receivers.join({ url: `${url}/ws`, wire: 'json', topics, group })
  return receivers
}

/** Waits until the server has taken in what is published in so many seconds. */
function untilSecond(server: ServerProcess, second: number): Promise<boolean> {
  const isOver = async () =>
    (await metricOf(server, 'tickwire_updates_total')) >= second * UPDATES_PER_S
  return eventually(isOver, { timeoutMs: 60_000 })
}

function described({ p50, p99, max }: Record<'p50' | 'p99' | 'max', number>): string {
  return `p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, max ${max.toFixed(0)} ms`
}
