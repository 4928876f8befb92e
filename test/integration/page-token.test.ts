/**
 * The live page where tokens are needed: goal: it takes one from whoever has it, tells nobody else of it, and says whose
 * it is and what is late. Method: Debian's chromium, the real server as a process, its simulator.
 */
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type LivePage, openPage, startBrowser } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import { type ServerProcess, serveProcess } from '../support/serve.ts'
import { AUTH_ENV, tokenFor } from '../support/tokens.ts'

let browser: Browser
let server: ServerProcess

beforeAll(async () => {
  browser = await startBrowser()
  server = await serveProcess({
    ...AUTH_ENV,
    TICKWIRE_DELAYS_MS: '1000',
    TICKWIRE_LOG_LEVEL: 'trace',
  })
})

afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
})

afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

const isShown = (live: LivePage, id: string) => live.page.locator(`#${id}`).isVisible()

test('a token behind the address: it is taken out of it, and nothing else is told', async () => {
  const token = await tokenFor(['ticker:**'])
  const live = await openPage(browser, `${server.http}/?mode=full#token=${token}`)
  expect(live.page.url()).toBe(`${server.http}/?mode=full`)
  await eventually(async () =>
    /^Token of alice, until \d\d:\d\d:\d\d$/.test(await live.text('identity')),
  )
  expect([await isShown(live, 'access'), await isShown(live, 'delayed')]).toEqual([false, false])
  await live.screen('token')
  const requests = await live.page.evaluate<string[]>(
    `performance.getEntriesByType('resource').map(({ name }) => name)`,
  )
  expect(requests).not.toEqual([])
  const said = JSON.stringify([requests, await live.page.title(), await live.page.content()])
  expect(said).not.toContain(token)
  expect(server.program.stdout + server.program.stderr).not.toContain(token)
  expect(live.complaints).toEqual([])
})

test('without one, the page asks for it; one that is bad is asked for again', async () => {
  const live = await openPage(browser, server.http, { hasPrices: false })
  await eventually(async () => (await live.text('access-why')) === 'This server wants a token.')
  await eventually(async () => (await live.text('empty')) === 'No prices: a token is needed.')
  await live.screen('token-wanted')
  await live.page.keyboard.type('nonsense')
  await live.page.keyboard.press('Enter')
  await eventually(async () => (await live.text('access-why')) === 'The token is not accepted.')
  expect(await isShown(live, 'identity')).toBe(false)
  await live.page.fill('#token', await tokenFor(['ticker:**']))
  await live.page.getByRole('button', { name: 'Connect' }).click()
  await live.page.locator('#rows tr[data-topic]').first().waitFor()
  expect([await isShown(live, 'access'), await live.text('state-text')]).toEqual([false, 'Live'])
  expect(live.complaints).toEqual([])
})

test('late data is marked as late', async () => {
  const token = await tokenFor([{ topic: 'ticker:**', delayMs: 1_000 }])
  const live = await openPage(browser, `${server.http}/#token=${token}`)
  await eventually(async () => (await live.text('delayed')) === 'Delayed 1 s')
  expect(await isShown(live, 'delayed')).toBe(true)
  await live.screen('delayed')
  // Somebody else, who gets them as they come, and brings the token in the address of the same page.
  const other = await tokenFor(['ticker:**'], { claims: { sub: 'bob' } })
  await live.page.evaluate(`location.hash = ${JSON.stringify(`#token=${other}`)}`)
  await eventually(async () => (await live.text('identity')).startsWith('Token of bob,'))
  await eventually(async () => !(await isShown(live, 'delayed')))
  expect(live.page.url()).toBe(`${server.http}/`)
  expect(live.complaints).toEqual([])
})
