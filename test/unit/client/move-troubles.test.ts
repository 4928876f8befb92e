/**
 * A move that does not go as it should: the server is gone too early, the next one cannot be had, or is lost again.
 * Method: as in move.test.ts.
 */
import { expect, test } from 'vitest'
import { ABNORMAL } from '../../../src/client/connection.ts'
import { byHand } from '../../support/hand-socket.ts'
import { settle } from '../../support/manual-time.ts'
import { downOf, halfway, roll, settled } from '../../support/rolling.ts'

test('the server closes before the time has come: the client keeps to its time', async () => {
  const { sdk } = await settled()
  await roll(sdk, [1_000, 3_000])
  await sdk.pass(500)
  sdk.network.retire()
  await sdk.move()
  expect(sdk.all('reconnecting')).toMatchObject([{ code: 1012, fault: 'restart', inMs: 1_500 }])
  expect(sdk.all('stale').at(-1)).toMatchObject({ reason: 'disconnected' })
  await sdk.pass(1_500)
  expect([sdk.client.state, sdk.client.isLive]).toEqual(['open', true])
})

test('the server closes while the next one catches up: the client goes on with that one', async () => {
  const { sdk } = await settled()
  const next = await halfway(sdk)
  sdk.network.retire()
  await downOf(sdk, (run) => run === 'run-1')
  expect([sdk.client.state, sdk.client.stats.reconnects, next.ends.size]).toEqual(['open', 1, 1])
  expect(sdk.all('reconnecting')).toEqual([])
  await sdk.pass(1_000)
  expect(sdk.client.isLive).toBe(true)
  expect(sdk.client.record('t:19')).toEqual({ text: 'x'.repeat(100) })
})

test('the server closes while the next one is not open yet: it is waited for, and no third', async () => {
  const { sdk } = await settled()
  await roll(sdk)
  sdk.time.pass(0)
  sdk.network.retire()
  await downOf(sdk, (run) => run === 'run-1')
  expect(sdk.all('reconnecting')).toMatchObject([{ code: 1012, inMs: 0 }])
  expect(sdk.network.sockets.size).toBe(1)
  await sdk.move()
  expect([sdk.client.state, sdk.client.isLive]).toEqual(['open', true])
  expect(sdk.time.timerCount).toBe(1)
})

test('a next connection that fails is tried again, and the old one is shown meanwhile', async () => {
  const { sdk, updates } = await settled()
  const server = await roll(sdk)
  sdk.network.server = null
  await sdk.pass(0)
  expect(sdk.all('fault')).toMatchObject([{ name: 'move_failed' }])
  expect([sdk.client.state, sdk.client.isLive]).toEqual(['open', true])
  for (let i = 0; i < 5; i++) await sdk.pass(500)
  const [old] = sdk.network.leaving
  old!.update('t:A', { bid: 10, ts: 10 })
  await sdk.move()
  expect(updates.at(-1)).toMatchObject({ record: { bid: 10 } })
  expect(sdk.all('fault').length).toBeGreaterThan(2)
  expect(sdk.events).not.toContain('reconnecting')
  sdk.network.server = server
  server.update('t:A', { bid: 10, ts: 10 })
  for (let i = 0; i < 40; i++) await sdk.pass(250)
  expect(sdk.client.stats.reconnects).toBe(1)
  expect(sdk.network.sockets.size).toBe(1)
})

test('a next connection that is lost in the middle changes nothing of what is shown', async () => {
  const { sdk, updates } = await settled()
  await halfway(sdk)
  updates.splice(0)
  for (const socket of [...sdk.network.sockets]) {
    if (socket.end?.server.host.server === 'run-2') socket.vanish({ code: ABNORMAL, reason: '' })
  }
  expect(sdk.client.isLive).toBe(true)
  expect(sdk.client.record('t:19')).toEqual({ text: 'x'.repeat(100) })
  expect(updates).toEqual([])
  await sdk.pass(1_000)
  expect([sdk.client.stats.reconnects, sdk.client.isLive]).toEqual([1, true])
})

test('without reconnect, goaway is nothing but a message', async () => {
  const { sdk } = await settled({ reconnect: false })
  await roll(sdk)
  await sdk.pass(1_000)
  expect(sdk.network.sockets.size).toBe(1)
  sdk.network.retire()
  await sdk.move()
  expect(sdk.all('close')).toMatchObject([{ code: 1012 }])
})

test('closed in the middle of a move, both connections are', async () => {
  const { sdk } = await settled()
  await roll(sdk)
  sdk.time.pass(0)
  expect(sdk.network.sockets.size).toBe(2)
  sdk.client.close()
  expect([sdk.network.sockets.size, sdk.time.timerCount]).toEqual([0, 0])
})

const GOAWAY = { type: 'goaway', reason: 'restart', reconnectMs: [100, 100] } as const

test('said as often as one likes, goaway is one move', () => {
  const { client, sockets, time } = byHand()
  sockets[0]!.greet('off')
  sockets[0]!.say(GOAWAY, GOAWAY)
  time.pass(100)
  expect(sockets).toHaveLength(2)
  sockets[0]!.say(GOAWAY)
  time.pass(1_000)
  expect(sockets).toHaveLength(2)
  sockets[1]!.greet('off')
  expect([sockets[0]!.isClosed, client.stats.reconnects]).toEqual([true, 1])
})

test('a listener may close the client whatever it is told', async () => {
  const moving = byHand()
  moving.client.on('fault', () => moving.client.close())
  moving.sockets[0]!.greet('off')
  moving.sockets[0]!.say(GOAWAY)
  moving.time.pass(100)
  moving.sockets[1]!.drop(ABNORMAL)
  expect([moving.client.state, moving.time.timerCount]).toEqual(['closed', 0])

  let tokens = 0
  const opening = byHand({ token: () => `token ${++tokens}` })
  opening.client.on('open', () => opening.client.close())
  opening.sockets[0]!.greet('required')
  await settle()
  expect([tokens, opening.time.timerCount]).toEqual([0, 0])

  const { sdk, updates } = await settled()
  await roll(sdk)
  updates.splice(0)
  sdk.client.on('open', () => sdk.client.close())
  await sdk.pass(0)
  expect([sdk.client.state, updates]).toEqual(['closed', []])
})
