/**
 * A browser's own WebSocket, without our client: goal: docs/protocol.md is enough. Method: the page's requests are made
 * of what that page's samples show, and it answers nothing but what a browser answers by itself.
 */
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { openPage, startBrowser } from '../support/browser.ts'
import { startRedis } from '../support/redis.ts'
import { serveProcess } from '../support/serve.ts'
import type { AnyMessage } from '../support/state.ts'

const TOPIC = 'ticker:BTC-USD'

/** Runs in the page: subscribes, and returns what came until the second price was there. */
const TALK = `(url) => new Promise((resolve, reject) => {
  const messages = []
  const socket = new WebSocket(url, 'tickwire.v1.json')
  socket.onerror = () => reject(new Error('no connection'))
  socket.onopen = () => socket.send(
    '{"id":1,"method":"subscribe","params":{"topics":["${TOPIC}"],"mode":"delta"}}',
  )
  socket.onmessage = ({ data }) => {
    messages.push(...JSON.parse(data))
    if (messages.at(-1).type === 'delta') resolve({ protocol: socket.protocol, messages })
  }
})`

test('a plain WebSocket of a browser gets by with the protocol page', async () => {
  const browser = await startBrowser()
  onTestFinished(() => browser.close())
  const redis = await startRedis()
  onTestFinished(redis.stop)
  const server = await serveProcess({
    TICKWIRE_REDIS_URL: redis.url,
    TICKWIRE_STALE_AFTER_MS: '600000',
  })
  onTestFinished(server.stop)
  const publisher = new Redis(redis.url)
  onTestFinished(() => publisher.disconnect())
  await publisher.publish(TOPIC, '{"bid":"58721.2","ask":"58721.3"}')
  const live = await openPage(browser, server.http)

  let count = 0
  const timer = setInterval(() => publisher.publish(TOPIC, `{"bid":"${++count}"}`), 50)
  onTestFinished(() => clearInterval(timer))
  const { protocol, messages } = (await live.page.evaluate(
    `(${TALK})(${JSON.stringify(`${server.url}/ws`)})`,
  )) as { protocol: string; messages: AnyMessage[] }
  clearInterval(timer)

  expect(protocol).toBe('tickwire.v1.json')
  expect(messages.map(({ type }) => type)).toEqual(['hello', 'result', 'full', 'delta'])
  expect(messages[2]).toMatchObject({ topic: TOPIC, data: { ask: '58721.3' } })
  expect(Object.keys(messages[3]!.data as object)).toEqual(['bid'])
  expect(live.complaints).toEqual([])
})
