/**
 * Bench moves: goal: what the load generator says of clients that move to another server is so. Method: one client
 * between two small servers that send it what a test says.
 */
import { expect, onTestFinished, test } from 'vitest'
import type { WebSocket } from 'ws'
import { Receivers } from '../../bench/load/receivers.ts'
import { eventually } from '../support/eventually.ts'
import { payload, request, serveScript, TOPICS } from '../support/receivers.ts'

const HELD = '[{"type":"result","id":1,"topics":[{"topic":"ticker:S000","held":true}]}]'
const GOAWAY = '[{"type":"goaway","reason":"restart","reconnectMs":[0,0]}]'

/** One client that has read the topic's fifth update here, and its fourth there. */
async function moving() {
  const [here, there]: WebSocket[][] = [[], []]
  const serve = (clients: WebSocket[], count: number) =>
    serveScript((client) => {
      clients.push(client)
      client.send(HELD)
      client.send(payload(0, count))
    })
  const receivers = new Receivers()
  onTestFinished(() => receivers.stop())
  const { group, ...rest } = request(await serve(here!, 5))
  const one = { ...group, clients: 1, topicsEach: 1, followsGoaway: true }
  await receivers.join({ ...rest, group: one })
  await receivers.redirect(await serve(there!, 4))
  here![0]!.send(GOAWAY)
  await eventually(async () => (await receivers.report()).updates === 2)
  return { receivers, last: here![0]!, next: there![0]! }
}

test('whoever follows goaway keeps its connection until the next one is as far', async () => {
  const { receivers, last, next } = await moving()
  expect(await receivers.moves()).toMatchObject({ kept: 0, goneBack: 0 })
  expect(last.readyState).toBe(last.OPEN)
  next.send(payload(0, 5))
  await eventually(() => last.readyState === last.CLOSED)
  expect(await receivers.moves()).toMatchObject({ kept: 1, goneBack: 0, missed: 0 })
  expect(await receivers.report()).toMatchObject({ closed: 0, reconnects: 1, disorders: 0 })
  expect(await receivers.exact([5, ...Array(TOPICS.length - 1).fill(0)])).toBe(1)
})

test('whoever follows goaway goes back in time where it is closed before that', async () => {
  const { receivers, last } = await moving()
  last.close(1012)
  await eventually(async () => (await receivers.moves()).goneBack === 1)
  expect(await receivers.moves()).toMatchObject({ kept: 0, missed: 0 })
  expect(await receivers.report()).toMatchObject({ closed: 1, reconnects: 1 })
  expect((await receivers.sample()).connected).toBe(1)
})
