/**
 * The live page when its own script is slow: goal: it shows fewer values, never older ones. Method: every topic changes
 * 25 times a second and says when, so that whatever stands on the screen must be of the last second; `Slow me down`
 * blocks the page's script most of the time for 10 s.
 */
import { Redis } from 'ioredis'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type LivePage, openPage, startBrowser } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { type ServerProcess, serveProcess } from '../support/serve.ts'

const TOPICS = 40
const PERIOD_MS = 10
const UPDATES_A_PERIOD = 10
const SLOW_MS = 10_000
/**
 * At the median; a stall of the machine may be three times as long. With all that is published read in the end, the
 * page would be 7 s behind.
 */
const AGE_MS_MAX = 1_000
const STALL_FACTOR = 3
const DAY_MS = 86_400_000

/** When each topic was published last. */
const publishedMs = new Map<string, number>()

let browser: Browser
let redis: TestRedis
let server: ServerProcess

beforeAll(async () => {
  browser = await startBrowser()
  redis = await startRedis()
  server = await serveProcess({ TICKWIRE_REDIS_URL: redis.url })
  const publisher = new Redis(redis.url)
  let count = 0
  const timer = setInterval(() => {
    const batch = publisher.pipeline()
    for (let i = 0; i < UPDATES_A_PERIOD; i++) {
      const last = (100 + Math.random()).toFixed(4)
      const topic = `ticker:T-${count++ % TOPICS}`
      const ts = Date.now()
      publishedMs.set(topic, ts)
      batch.publish(topic, JSON.stringify({ bid: last, ask: last, last, ts }))
    }
    batch.exec().catch(() => {}) // the test is over, and Redis with it
  }, PERIOD_MS)
  return async () => {
    clearInterval(timer)
    publisher.disconnect()
    await server.stop()
    await redis.stop()
  }
})

afterAll(() => browser.close())

interface Look {
  readonly atMs: number
  readonly rows: readonly { readonly topic: string; readonly time: string }[]
}

/**
 * How far the screen is behind at this moment, in ms: of all values on it, the greatest time from when it happened to
 * the latest value of its topic. That is its age, but for the pauses of a publisher that shares two cores with a browser.
 */
async function behindMs({ page }: LivePage): Promise<number> {
  const { atMs, rows } = await page.evaluate<Look>(`({
    atMs: Date.now(),
    rows: [...document.querySelectorAll('#rows tr[data-topic]')].map((row) => ({
      topic: row.dataset.topic,
      time: row.querySelector('.time').textContent,
    })),
  })`)
  expect(rows.length).toBeGreaterThan(20)
  const midnightMs = new Date(atMs).setHours(0, 0, 0, 0)
  const all = rows.map(({ topic, time }) => {
    const [hours, minutes, seconds] = time.split(':').map(Number)
    const shownMs = midnightMs + ((hours! * 60 + minutes!) * 60 + seconds!) * 1_000
    return (publishedMs.get(topic)! - shownMs + DAY_MS) % DAY_MS
  })
  return Math.max(...all)
}

const numberOf = async (live: LivePage, id: string) =>
  Number((await live.text(id)).replace(/[^\d.]/g, ''))

test.each(['json', 'msgpack'])('slowed down for 10 s, it stays current: %s', async (dialect) => {
  const live = await openPage(browser, `${server.http}/?dialect=${dialect}`)
  onTestFinished(() => live.page.context().close())
  await eventually(async () => (await numberOf(live, 'messages')) > 500)
  const before = await numberOf(live, 'messages')

  await live.page.getByRole('switch', { name: 'Slow me down' }).click()
  const ages: number[] = []
  const endMs = Date.now() + SLOW_MS
  while (Date.now() < endMs) ages.push(await behindMs(live))
  await live.screen(`slow-${dialect}`)
  expect(ages.length).toBeGreaterThan(10)
  ages.sort((a, b) => a - b)
  console.log(`behind: median ${ages[ages.length >> 1]} ms, most ${ages.at(-1)} ms`)
  expect(ages[ages.length >> 1]).toBeLessThan(AGE_MS_MAX)
  expect(ages.at(-1)).toBeLessThan(STALL_FACTOR * AGE_MS_MAX)
  // Each is of the last second, in which the machine may have stood still.
  await eventually(async () => {
    expect(await numberOf(live, 'stalled')).toBeGreaterThan(30)
    expect(await numberOf(live, 'messages')).toBeLessThan(before * 0.7)
    expect(await numberOf(live, 'superseded')).toBeGreaterThan(40)
  })

  await live.page.getByRole('switch', { name: 'Slow me down' }).click()
  await eventually(async () => (await numberOf(live, 'messages')) > before / 2)
  expect(live.complaints).toEqual([])
})
