/**
 * The live page in a real browser: goal: what it shows is what was published, and it can be used with eyes, keyboard or
 * thumb alone. Method: Debian's chromium, the real server as a process, a real Redis.
 */
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { clock } from '../../src/demo/format.ts'
import { type LivePage, openPage, startBrowser } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { type ServerProcess, serveProcess } from '../support/serve.ts'
import { StubbornPublisher } from '../support/stubborn-publisher.ts'

const TOPICS = 100
/** As high as all rows together. */
const TALL = { width: 1360, height: 2_800 }

let browser: Browser
let redis: TestRedis
let server: ServerProcess
let publisher: StubbornPublisher

beforeAll(async () => {
  browser = await startBrowser()
})

beforeEach(async () => {
  redis = await startRedis()
  publisher = new StubbornPublisher(redis.url)
  server = await serveProcess({ TICKWIRE_REDIS_URL: redis.url, TICKWIRE_STALE_AFTER_MS: '60000' })
  onTestFinished(async () => {
    publisher.abandon()
    await server.stop()
    await redis.stop()
  })
})

afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
})

afterAll(() => browser.close())

/** What the rows must say of what was published. */
function published(): Record<string, object> {
  return Object.fromEntries(
    Object.entries(publisher.records).map(([topic, { bid, ask, last, ts }]) => [
      topic,
      { bid, ask, last, time: clock(ts as number) },
    ]),
  )
}

/** Every topic is on the screen, exactly as it was published last. */
async function isExact(live: LivePage): Promise<void> {
  await eventually(async () => {
    const rows = await live.rows()
    expect(Object.keys(rows)).toHaveLength(TOPICS)
    expect(rows).toMatchObject(published())
  })
}

test.each(['json', 'msgpack'])(
  'prices change, and equal what was published: %s',
  async (dialect) => {
    const live = await openPage(browser, `${server.http}/?dialect=${dialect}`, { viewport: TALL })
    const before = await live.rows()
    await eventually(async () => {
      const now = await live.rows()
      const changed = Object.keys(before).filter((topic) => now[topic]?.bid !== before[topic]?.bid)
      return changed.length > 10
    })
    await eventually(() =>
      live.page
        .locator('td[data-flash]')
        .count()
        .then((count) => count > 0),
    )
    await eventually(async () => Number((await live.text('messages')).replace(',', '')) > 100)
    await publisher.stop()
    await isExact(live)
    expect(await live.text('state-text')).toBe('Live')
    expect(await live.text('count')).toBe(String(TOPICS))
    expect(await live.page.locator('#banner').isVisible()).toBe(false)
    expect(live.complaints).toEqual([])
  },
)

test('another dialect, mode or interval: the page goes on without being loaded anew', async () => {
  const live = await openPage(browser, server.http, { viewport: TALL })
  await live.page.selectOption('#mode', 'full')
  await live.page.selectOption('#interval', '250')
  await live.page.selectOption('#dialect', 'msgpack')
  await eventually(async () => (await live.text('state-text')) === 'Live')
  expect(new URL(live.page.url()).search).toBe('?dialect=msgpack&mode=full&interval=250')
  await publisher.stop()
  await isExact(live)
  expect(live.complaints).toEqual([])
})

test('topics to come get a row of their own', async () => {
  const live = await openPage(browser, server.http)
  await redis.command('publish', 'ticker:AAAA', '{"last":"7.25"}')
  await eventually(async () => (await live.rows())['ticker:AAAA']?.last === '7.25')
  expect(live.complaints).toEqual([])
})

test('by keyboard: search, walk the rows, sort', async () => {
  const live = await openPage(browser, server.http)
  const { keyboard } = live.page
  const selected = live.page.locator('tr[aria-selected="true"]')
  await keyboard.press('/')
  await keyboard.type('eth-')
  await eventually(async () => Object.keys(await live.rows()).every((topic) => /ETH-/.test(topic)))
  await keyboard.press('Escape')
  const grid = live.page.getByRole('grid')
  await eventually(async () => (await grid.getAttribute('aria-rowcount')) === `${TOPICS + 1}`)
  // Escape went back to the table, where keys walk.
  await keyboard.press('Home')
  await eventually(async () => (await selected.getAttribute('aria-rowindex')) === '2')
  const first = await live.text('detail-symbol')
  await keyboard.press('ArrowDown')
  await eventually(async () => (await live.text('detail-symbol')) !== first)
  expect(await selected.getAttribute('aria-rowindex')).toBe('3')
  expect(await grid.getAttribute('aria-activedescendant')).toBe(await selected.getAttribute('id'))
  await keyboard.press('End')
  await eventually(async () => (await selected.getAttribute('aria-rowindex')) === `${TOPICS + 1}`)
  expect(await selected.isVisible()).toBe(true)
  expect(await grid.getAttribute('aria-rowcount')).toBe(`${TOPICS + 1}`)
  await live.page.screenshot() // the chart of another symbol has been drawn
  expect(live.complaints).toEqual([])
})

test('sorted by price, from the highest', async () => {
  const live = await openPage(browser, server.http, { viewport: TALL })
  await publisher.stop()
  await live.page.getByRole('columnheader', { name: 'Last' }).click()
  const prices = Object.values(publisher.records).map(({ last }) => String(last))
  prices.sort((a, b) => Number(b) - Number(a))
  await eventually(async () => {
    expect(await live.page.locator('#rows td.last').allInnerTexts()).toEqual(prices)
  })
  expect(live.complaints).toEqual([])
})

test.each([
  { name: 'light', options: { colorScheme: 'light' } },
  { name: 'dark', options: { colorScheme: 'dark' } },
  { name: 'phone', options: { viewport: { width: 360, height: 740 }, isMobile: true } },
  { name: 'calm', options: { reducedMotion: 'reduce' } },
] as const)('a look at it: $name', async ({ name, options }) => {
  const live = await openPage(browser, server.http, options)
  await eventually(async () => (await live.text('messages')) !== '–')
  await live.screen(name)
  const widths = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
  expect(await live.page.evaluate<number>(widths)).toBe(0)
  expect(live.complaints).toEqual([])
})
