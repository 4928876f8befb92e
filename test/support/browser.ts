/**
 * Browser: Debian's chromium, headless, and the live page in it. What a page complains of (exceptions, errors on the
 * console, violations of its Content-Security-Policy) is kept, and is a failure when the page is left.
 */
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const SCREENS = fileURLToPath(new URL('../../.tmp/screens/', import.meta.url))

/** What people look at; a window may be higher, so that every row is on it. */
const SCREEN_HEIGHT_MAX = 860

/** No sandbox: the tests may run as root, in a container. The rest keeps it from asking anything of the network. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** What the browser itself says of a server that is not there: expected where one is stopped. */
const OUTAGE = /WebSocket connection to .* failed|net::ERR_CONNECTION_REFUSED/

/** Runs in the page before its own script: what the console may not tell. */
const WATCH_POLICY = `document.addEventListener('securitypolicyviolation', (event) => {
  console.error('policy violated: ' + event.violatedDirective + ' by ' + event.blockedURI)
})`

export interface OpenOptions extends BrowserContextOptions {
  /** The server goes away in the course of the test. */
  readonly hasOutage?: boolean
  /** There are prices to wait for; true where not given. */
  readonly hasPrices?: boolean
}

export class LivePage {
  readonly page: Page
  readonly complaints: string[] = []

  constructor(page: Page, hasOutage: boolean) {
    this.page = page
    page.on('pageerror', (error) => this.complaints.push(`thrown: ${error.message}`))
    page.on('console', (message) => {
      const text = message.text()
      if (message.type() !== 'error' && message.type() !== 'warning') return
      if (!(hasOutage && OUTAGE.test(text))) this.complaints.push(`console: ${text}`)
    })
  }

  /** The text of an element of index.html. */
  text(id: string): Promise<string> {
    return this.page.locator(`#${id}`).innerText()
  }

  /** The rows on the screen, by topic; each cell by its class. */
  rows(): Promise<Record<string, Record<string, string>>> {
    return this.page.evaluate(`Object.fromEntries(
      [...document.querySelectorAll('#rows tr[data-topic]')].map((row) => [
        row.dataset.topic,
        Object.fromEntries([...row.cells].map((cell) => [cell.className, cell.textContent])),
      ]),
    )`)
  }

  /** Keeps a picture, for people to look at. */
  async screen(name: string): Promise<void> {
    await mkdir(SCREENS, { recursive: true })
    const { width, height } = this.page.viewportSize()!
    const clip = { x: 0, y: 0, width, height: Math.min(height, SCREEN_HEIGHT_MAX) }
    await this.page.screenshot({ path: join(SCREENS, `${name}.png`), clip })
  }
}

/** Starts the browser. Whoever starts it closes it. */
export function startBrowser(): Promise<Browser> {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const found = folders.map((folder) => join(folder, 'chromium')).find((path) => existsSync(path))
  if (found === undefined) throw new Error('chromium is not on PATH: run `npm run setup`')
  return chromium.launch({ executablePath: found, args: ARGS })
}

/** Opens the page, and waits until it has prices, where there are any. */
export async function openPage(
  browser: Browser,
  url: string,
  { hasOutage = false, hasPrices = true, ...options }: OpenOptions = {},
): Promise<LivePage> {
  const context = await browser.newContext({
    viewport: { width: 1360, height: 860 },
    colorScheme: 'dark',
    ...options,
  })
  const page = await context.newPage()
  const live = new LivePage(page, hasOutage)
  await page.addInitScript(WATCH_POLICY)
  await page.goto(url)
  if (hasPrices) await page.locator('#rows tr[data-topic]').first().waitFor()
  return live
}
