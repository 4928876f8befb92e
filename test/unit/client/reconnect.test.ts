/**
 * Coming back: when, how often, and when not; and what is believed meanwhile.
 */
import { expect, test } from 'vitest'
import { ABNORMAL, GRACE_MS, GREETING_TIMEOUT_MS } from '../../../src/client/connection.ts'
import { FakeNetwork } from '../../support/fake-network.ts'
import { HEARTBEAT_MS } from '../../support/fake-server.ts'
import { ManualTime } from '../../support/manual-time.ts'
import { Sdk } from '../../support/sdk.ts'

function drop(sdk: Sdk, code = ABNORMAL): void {
  for (const socket of [...sdk.network.sockets]) socket.vanish({ code, reason: '' })
}

test('tells of its states in order', async () => {
  const sdk = await Sdk.opened()
  sdk.subscribe('t:A')
  sdk.server.fanout.update('t:A', { bid: '1' })
  await sdk.move()
  drop(sdk)
  expect([sdk.client.state, sdk.client.isLive]).toEqual(['reconnecting', false])
  await sdk.pass(1_000)
  expect(sdk.events).toEqual([
    ...['open', 'status', 'live'],
    ...['stale', 'reconnecting', 'open', 'status', 'stale', 'live'],
  ])
  const reasons = sdk.all('stale').map(({ reason }) => reason)
  expect(reasons).toEqual(['disconnected', 'catching_up'])
  expect(sdk.client.stats.reconnects).toBe(1)
})

test('waits a random time below a bound that doubles up to the greatest', async () => {
  const sdk = await Sdk.opened({ random: () => 0.999_999 })
  sdk.network.crash()
  await sdk.pass(120_000)
  const waits = sdk.all('reconnecting').map(({ inMs }) => Math.round(inMs))
  expect(waits.slice(0, 9)).toEqual([250, 500, 1000, 2000, 4000, 8000, 15000, 15000, 15000])
})

test('begins from the start again once a connection has lasted', async () => {
  const sdk = await Sdk.opened({ random: () => 0.999_999 })
  const lose = async (afterMs: number) => {
    for (let leftMs = afterMs; leftMs > 0; leftMs -= 1_000) await sdk.pass(1_000)
    drop(sdk)
    const { inMs } = sdk.all('reconnecting').at(-1)!
    await sdk.pass(inMs)
    return Math.round(inMs)
  }
  expect(await lose(1_000)).toBe(250)
  expect(await lose(1_000)).toBe(500)
  expect(await lose(1_000)).toBe(1_000)
  expect(await lose(31_000)).toBe(250)
})

test('a crowd that lost its server does not come back together', async () => {
  const time = new ManualTime()
  const network = new FakeNetwork(time)
  let state = 1
  const random = () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
  const crowd = Array.from({ length: 400 }, () => new Sdk({ random }, network, time))
  await crowd[0]!.move()
  network.crash()
  for (let i = 0; i < 120; i++) {
    network.pass(250)
    network.move()
  }
  // The eighth try of each comes within 15 s; ten slices of these are about as full as each other.
  const waits = crowd.map((sdk) => sdk.all('reconnecting')[6]!.inMs)
  const slices = new Array(10).fill(0)
  for (const inMs of waits) slices[Math.floor((inMs / 15_000) * 10)]++
  expect(Math.min(...slices)).toBeGreaterThan(20)
  expect(Math.max(...slices)).toBeLessThan(70)
})

test('comes back when goaway says', async () => {
  const sdk = await Sdk.opened({ random: () => 0.5 })
  sdk.server.drain()
  await sdk.move()
  expect(sdk.all('reconnecting')).toMatchObject([{ code: 1012, fault: 'restart', inMs: 2_750 }])
})

test.each([4500, 4501, 4999, 1009])('stays away for good after %i', async (code) => {
  const sdk = await Sdk.opened()
  drop(sdk, code)
  await sdk.pass(100_000)
  expect(sdk.all('close')).toMatchObject([{ code }])
  expect(sdk.all('reconnecting')).toEqual([])
  expect([sdk.client.state, sdk.network.sockets.size]).toEqual(['closed', 0])
})

test.each([1000, 1001, 1006, 1011, 1012, 1013, 4000, 4001, 4002, 4499, 3000])(
  'comes back after %i',
  async (code) => {
    const sdk = await Sdk.opened()
    drop(sdk, code)
    expect(sdk.all('reconnecting')).toMatchObject([{ code, attempt: 1 }])
    await sdk.pass(1_000)
    expect(sdk.client.state).toBe('open')
  },
)

test('names the fault that a close code stands for', async () => {
  const sdk = await Sdk.opened()
  drop(sdk, 4501)
  expect(sdk.all('close')).toMatchObject([{ fault: 'bad_requests' }])
})

test('without reconnect, the first loss is the end', async () => {
  const sdk = await Sdk.opened({ reconnect: false })
  drop(sdk)
  expect(sdk.all('close')).toMatchObject([{ code: 1006 }])
})

test('silence beyond two heartbeats is a dead connection; a quiet market is none', async () => {
  const sdk = await Sdk.opened()
  for (let i = 0; i < 60; i++) await sdk.pass(1_000)
  expect(sdk.all('reconnecting')).toEqual([])
  for (const socket of sdk.network.sockets) socket.isSilent = true
  await sdk.pass(2 * HEARTBEAT_MS - 1_001)
  expect(sdk.client.state).toBe('open')
  await sdk.pass(2_000 + GRACE_MS)
  expect(sdk.all('fault')).toMatchObject([{ name: 'silent' }])
  expect(sdk.all('reconnecting')).toMatchObject([{ code: 1006, reason: 'silent' }])
})

test('what came while its own loop stood still is no silence', async () => {
  const sdk = await Sdk.opened()
  // The timer runs late, and before the frames that have come meanwhile.
  sdk.time.stand(60_000)
  sdk.server.pass(60_000)
  sdk.time.pass(0)
  const [socket] = sdk.network.sockets
  while (socket!.down());
  await sdk.pass(GRACE_MS)
  expect(sdk.all('fault')).toEqual([])
})

test('gives up on what takes connections and greets nobody', async () => {
  const sdk = new Sdk()
  sdk.time.pass(GREETING_TIMEOUT_MS + GRACE_MS)
  expect(sdk.all('reconnecting')).toMatchObject([{ reason: 'silent' }])
})

test.each(['?', '{}', '[1]', '[{"a":1}]', new ArrayBuffer(3)])(
  'drops a connection that brings what is no frame: %s',
  async (data) => {
    const sdk = await Sdk.opened()
    const [socket] = sdk.network.sockets
    socket!.onmessage!({ data })
    expect(sdk.all('fault')).toMatchObject([{ name: 'bad_frame' }])
    expect(sdk.client.state).toBe('reconnecting')
  },
)

test('a new server that knows less: what it does not know is gone', async () => {
  const sdk = await Sdk.opened()
  const { fanout } = sdk.server
  for (const topic of ['a:1', 'a:2', 'b:1', 'b:2']) fanout.update(topic, { bid: '1' })
  sdk.subscribe(['a:*', 'b:1', 'b:2'])
  await sdk.move()
  drop(sdk)
  sdk.network.start()
  sdk.server.fanout.update('a:1', { bid: '2' })
  sdk.server.fanout.update('b:1', { bid: '2' })
  // Until the new one says otherwise, the last values are there, and marked.
  expect(sdk.client.record('a:2')).toEqual({ bid: '1' })
  expect(sdk.client.isLive).toBe(false)
  await sdk.pass(1_000)
  expect(sdk.client.isLive).toBe(true)
  const records = ['a:1', 'a:2', 'b:1', 'b:2'].map((topic) => sdk.client.record(topic))
  expect(records).toEqual([{ bid: '2' }, undefined, { bid: '2' }, undefined])
  expect(sdk.all('gone').flatMap(({ topics }) => topics)).toEqual(
    expect.arrayContaining(['a:2', 'b:2']),
  )
})

test('a source that is silent or gone makes data stale, and says so', async () => {
  const sdk = await Sdk.opened()
  sdk.server.feed.down(sdk.time.nowMs)
  await sdk.move()
  sdk.server.feed.up(sdk.time.nowMs)
  await sdk.move()
  expect(sdk.events).toEqual(['open', 'status', 'live', 'status', 'stale', 'status', 'live'])
  expect(sdk.all('stale')).toMatchObject([{ reason: 'feed_down' }])
})
