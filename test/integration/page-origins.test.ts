/**
 * Pages of other origins in a real browser: cross-site WebSocket hijacking is tried and refused, pages that are named
 * get in, and what a page sees of a server that turns it away. Method: Debian's chromium; a web server of another port is
 * another origin, as any site is.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startBrowser } from '../support/browser.ts'
import { greeted } from '../support/handshakes.ts'
import type { Env } from '../support/program.ts'
import { metricOf } from '../support/serve.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { AUTH_ENV, tokenFor } from '../support/tokens.ts'

const BLANK = '<!doctype html><title>some page</title>'
const SANDBOX = '/sandbox'

let browser: Browser
let site: Server
/** Of that web server. */
let origin: string

beforeAll(async () => {
  browser = await startBrowser()
  site = createServer(({ url }, response) => {
    // A page in a sandbox has no origin.
    if (url === SANDBOX) response.setHeader('Content-Security-Policy', 'sandbox allow-scripts')
    response.setHeader('Content-Type', 'text/html').end(BLANK)
  })
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
})

afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
})

afterAll(async () => {
  await browser.close()
  site.close()
})

async function serve(env: Env = {}): Promise<TestServer> {
  const server = await startServer(env)
  onTestFinished(() => server.stop())
  return server
}

async function pageAt(url: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  await page.goto(url)
  return page
}

/** What a page's script gets to see: the first message's text, or how the connection ended before one came. */
interface Seen {
  readonly text?: string
  readonly code?: number
  readonly reason?: string
}

function connect(page: Page, url: string, offered: readonly string[] = []): Promise<Seen> {
  return page.evaluate<Seen>(`new Promise((resolve) => {
    const socket = new WebSocket(${JSON.stringify(url)}, ${JSON.stringify(offered)})
    socket.onmessage = ({ data }) => resolve({ text: String(data) })
    socket.onclose = ({ code, reason }) => resolve({ code, reason })
  })`)
}

const NOTHING = { code: 1006, reason: '' }
const GREETED = { text: expect.stringContaining('"hello"') }

test('a page of another origin reads nothing', async () => {
  const server = await serve()
  const page = await pageAt(origin)
  expect(await connect(page, `${server.url}/ws`)).toEqual(NOTHING)
  // Another name of the same machine is another host.
  expect(await connect(page, `ws://localhost:${server.port}/ws`)).toEqual(NOTHING)
  const name = 'tickwire_handshakes_refused_total{fault="bad_origin"}'
  expect(await metricOf(server, name)).toBe(2)
  expect(await metricOf(server, 'tickwire_connections_opened_total')).toBe(0)
})

test('a page of no origin, such as one in a sandbox or a file, reads nothing', async () => {
  const server = await serve()
  const page = await pageAt(origin + SANDBOX)
  expect(await page.evaluate('origin')).toBe('null')
  expect(await connect(page, `${server.url}/ws`)).toEqual(NOTHING)
  const name = 'tickwire_handshakes_refused_total{fault="bad_origin"}'
  expect(await metricOf(server, name)).toBe(1)
})

test("a page of the server's own host and port gets in", async () => {
  const server = await serve()
  for (const host of ['127.0.0.1', 'localhost']) {
    const page = await pageAt(`http://${host}:${server.port}/nowhere`)
    expect(await connect(page, `ws://${host}:${server.port}/ws`)).toEqual(GREETED)
  }
})

test('pages that are named get in, and no others', async () => {
  const server = await serve({ TICKWIRE_ALLOWED_ORIGINS: `https://desk.example,${origin}` })
  expect(await connect(await pageAt(origin), `${server.url}/ws`)).toEqual(GREETED)
  const elsewhere = origin.replace('127.0.0.1', 'localhost')
  expect(await connect(await pageAt(elsewhere), `${server.url}/ws`)).toEqual(NOTHING)
})

test('* lets any page in', async () => {
  const server = await serve({ TICKWIRE_ALLOWED_ORIGINS: '*' })
  for (const url of [origin, origin + SANDBOX]) {
    expect(await connect(await pageAt(url), `${server.url}/ws`)).toEqual(GREETED)
  }
})

test.each([
  { admission: 'refuse', seen: NOTHING },
  { admission: 'close', seen: { code: 1013, reason: 'server_full' } },
])('a page that finds no room sees $seen ($admission)', async ({ admission, seen }) => {
  const server = await serve({
    TICKWIRE_ALLOWED_ORIGINS: origin,
    TICKWIRE_ADMISSION: admission,
    TICKWIRE_MAX_CONNECTIONS: '1',
  })
  const { socket } = await greeted(`${server.url}/ws`)
  const page = await pageAt(origin)
  expect(await connect(page, `${server.url}/ws`, ['tickwire.v1.json'])).toEqual(seen)
  expect(await connect(page, `${server.url}/ws`)).toEqual(seen)
  socket.terminate()
})

test('a page offers its token beside a dialect; alone, the browser ends the connection', async () => {
  const server = await serve({ ...AUTH_ENV, TICKWIRE_ALLOWED_ORIGINS: origin })
  const page = await pageAt(origin)
  const bearer = `bearer.${await tokenFor(['**'])}`
  expect(await connect(page, `${server.url}/ws`, ['tickwire.v1.json', bearer])).toEqual({
    text: expect.stringContaining('"auth":"done"'),
  })
  expect(await connect(page, `${server.url}/ws`, [bearer])).toEqual(NOTHING)
})
