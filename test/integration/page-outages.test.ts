/**
 * The live page when something is gone: goal: nobody takes an old price for a new one, and nobody has to load the page
 * anew. Method: Redis hangs, Redis is killed, the server is killed and restarted, while a publisher goes on.
 */
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { clock } from '../../src/demo/format.ts'
import { type LivePage, openPage, startBrowser } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import type { Env } from '../support/program.ts'
import { freePort, startRedis, type TestRedis } from '../support/redis.ts'
import { type ServerProcess, serveProcess } from '../support/serve.ts'
import { StubbornPublisher } from '../support/stubborn-publisher.ts'

const STALE_AFTER_MS = 1_000
/** For the server to look, the frame to travel, and the page to be asked. */
const MARGIN_MS = 5_000
/** What the page has shown, each state with its banner: one may be over before the page can be asked. */
const RECORD = `
  window.shown = []
  new MutationObserver(() => {
    const { dataset } = document.documentElement
    window.shown.push(dataset.state + ': ' + document.querySelector('#banner').innerText)
  }).observe(document.documentElement, { attributeFilter: ['data-state'] })
`
const TALL = { width: 1360, height: 2_800 }

let browser: Browser
let redis: TestRedis
let server: ServerProcess
let publisher: StubbornPublisher
let env: Env

beforeAll(async () => {
  browser = await startBrowser()
})

beforeEach(async () => {
  redis = await startRedis()
  publisher = new StubbornPublisher(redis.url)
  env = {
    TICKWIRE_PORT: String(await freePort()),
    TICKWIRE_REDIS_URL: redis.url,
    TICKWIRE_STALE_AFTER_MS: String(STALE_AFTER_MS),
  }
  server = await serveProcess(env)
  onTestFinished(async () => {
    publisher.abandon()
    redis.resume()
    await server.stop()
    await redis.stop()
  })
})

afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
})

afterAll(() => browser.close())

/** Opened, live, and marked: a page that is loaded anew has lost the mark. */
async function openMarked(): Promise<LivePage> {
  const live = await openPage(browser, server.http, { viewport: TALL, hasOutage: true })
  await becomes(live, 'live')
  await live.page.evaluate('window.mark = true')
  await live.page.evaluate(RECORD)
  return live
}

async function becomes(live: LivePage, state: string, timeoutMs = 10_000): Promise<void> {
  const read = () => live.page.evaluate<string>('document.documentElement.dataset.state')
  await eventually(async () => expect(await read()).toBe(state), { timeoutMs })
}

/** The banner says what and since when, and prices are grey. */
async function isMarked(live: LivePage, what: RegExp): Promise<void> {
  expect(await live.text('banner')).toMatch(what)
  expect(await live.text('banner')).toMatch(/since \d\d:\d\d:\d\d, \d/)
  const style = "getComputedStyle(document.querySelector('#rows')).filter"
  expect(await live.page.evaluate(style)).toBe('grayscale(1)')
}

/** Live again, everything as it was published last, and it is still the same page. */
async function recovers(live: LivePage): Promise<void> {
  await becomes(live, 'live', 15_000)
  expect(await live.page.locator('#banner').isVisible()).toBe(false)
  await publisher.stop()
  const wanted = Object.fromEntries(
    Object.entries(publisher.records).map(([topic, { bid, ask, last, ts }]) => [
      topic,
      { bid, ask, last, time: clock(ts as number) },
    ]),
  )
  await eventually(async () => expect(await live.rows()).toMatchObject(wanted))
  expect(await live.page.evaluate('window.mark')).toBe(true)
  expect(live.complaints).toEqual([])
}

test('Redis hangs: stale within the time that is set, and live again by itself', async () => {
  const live = await openMarked()
  redis.pause()
  // Down comes next, so this is not too late however late it is.
  const shown = () => live.page.evaluate<string[]>('window.shown')
  const stale = expect.stringMatching(/^feed_stale: Stale/)
  await eventually(async () => expect(await shown()).toContainEqual(stale), {
    timeoutMs: STALE_AFTER_MS + MARGIN_MS,
  })
  await isMarked(live, /^Stale|feed is down/)
  await live.screen('stale')
  redis.resume()
  await recovers(live)
})

test('Redis is killed: down, and live again with what is published anew', async () => {
  const live = await openMarked()
  await redis.kill()
  await becomes(live, 'feed_down', STALE_AFTER_MS + MARGIN_MS)
  await isMarked(live, /feed is down/)
  await live.screen('feed-down')
  await redis.restart()
  await recovers(live)
})

test.each([
  { how: 'killed', stop: () => server.stop() },
  { how: 'stopped', stop: () => server.program.terminate() },
])(
  'the server is $how and started again: the page comes back and is exact',
  async ({ how, stop }) => {
    const live = await openMarked()
    await stop()
    await becomes(live, 'disconnected')
    await isMarked(live, /^Disconnected/)
    await live.screen(`disconnected-${how}`)
    server = await serveProcess(env)
    await recovers(live)
    // The panel counts once a second.
    await eventually(async () => (await live.text('reconnects')) !== '0')
  },
)
