/**
 * A server that goes away: the client is with the next one before it leaves, and nobody who watches can tell.
 * Method: real sessions of two servers that are fed the same, each with versions of its own.
 */
import { expect, test } from 'vitest'
import { AHEAD_MS } from '../../../src/client/book.ts'
import { HEARTBEAT_MS } from '../../support/fake-server.ts'
import { downOf, halfway, roll, settled } from '../../support/rolling.ts'

test('follows goaway to the next server at its time, without a word of stale', async () => {
  const { sdk, updates } = await settled()
  const [old] = sdk.network.servers
  const next = await roll(sdk, [1_000, 3_000])
  await sdk.pass(1_999)
  expect([old!.ends.size, next.ends.size]).toEqual([1, 0])
  await sdk.pass(1)
  expect([old!.ends.size, next.ends.size]).toEqual([0, 1])
  expect(sdk.events).toEqual(['open', 'status'])
  expect(sdk.all('open').at(-1)).toMatchObject({ isReconnect: true, hello: { server: 'run-2' } })
  expect([sdk.client.state, sdk.client.isLive, sdk.client.stats.reconnects]).toEqual([
    'open',
    true,
    1,
  ])
  // Told anew, whole, in the versions of the new one.
  expect(updates).toMatchObject([
    { topic: 't:A', record: { bid: 9, ts: 9 }, changed: null, seq: 1, superseded: 0 },
    { topic: 't:B', record: { bid: 1 }, changed: null, seq: 1 },
  ])
  sdk.network.publish('t:A', { bid: 10, ts: 10 })
  await sdk.move()
  expect(updates.at(-1)).toMatchObject({ changed: { bid: 10, ts: 10 }, seq: 2 })
  expect(sdk.client.record('t:A')).toEqual({ bid: 10, ts: 10 })
})

test('until the next one has everything, the old one is shown', async () => {
  const { sdk, updates } = await settled()
  const next = await halfway(sdk)
  sdk.network.publish('t:A', { bid: 10, ts: 10 })
  await downOf(sdk, (run) => run === 'run-1')
  expect(sdk.client.record('t:A')).toEqual({ bid: 10, ts: 10 })
  expect(updates.at(-1)).toMatchObject({ topic: 't:A', changed: { bid: 10 }, seq: 10 })
  expect(sdk.client.stats.reconnects).toBe(0)
  await sdk.pass(1_000)
  expect([sdk.network.sockets.size, next.ends.size]).toEqual([1, 1])
  expect(sdk.client.record('t:19')).toEqual({ text: 'x'.repeat(100) })
  expect(sdk.events).not.toContain('stale')
})

test('a next server that lags: nothing older is shown, and what is newer at once', async () => {
  const { sdk, updates } = await settled()
  const next = await roll(sdk)
  next.isLagging = true
  sdk.network.publish('t:A', { bid: 10, ts: 10 })
  await sdk.pass(0)
  expect(sdk.client.stats.reconnects).toBe(1)
  expect(sdk.client.record('t:A')).toEqual({ bid: 10, ts: 10 })
  next.catchUp()
  await sdk.move()
  sdk.network.publish('t:A', { bid: 11, ts: 11 })
  await sdk.move()
  const told = updates.filter(({ topic }) => topic === 't:A').map(({ record }) => record.ts)
  expect(told).toEqual([10, 10, 11])
  // What it followed on was never shown.
  expect(updates.find(({ seq }) => seq === 2)).toMatchObject({ record: { ts: 10 }, changed: null })
  expect(updates.findLast(({ topic }) => topic === 't:A')).toMatchObject({ changed: { bid: 11 } })
})

test('what is held back goes with its subscription', async () => {
  const { sdk, handle } = await settled()
  const next = await roll(sdk)
  next.isLagging = true
  sdk.network.publish('t:A', { bid: 10, ts: 10 })
  await sdk.pass(0)
  expect(sdk.client.record('t:A')).toMatchObject({ ts: 10 })
  handle.unsubscribe()
  await sdk.pass(500)
  const { updates } = sdk.subscribe('t:A')
  await sdk.pass(500)
  expect(updates.map(({ record }) => record.ts)).toEqual([9])
})

test('a next server that never gets to what was shown is believed after a while', async () => {
  const { sdk, updates } = await settled()
  const next = await roll(sdk)
  next.isLagging = true
  sdk.network.publish('t:A', { bid: 10, ts: 10 })
  await sdk.pass(0)
  expect(sdk.client.record('t:A')).toEqual({ bid: 10, ts: 10 })
  for (let ms = 0; ms < AHEAD_MS + HEARTBEAT_MS; ms += 500) await sdk.pass(500)
  expect(sdk.client.record('t:A')).toEqual({ bid: 9, ts: 9 })
  expect(updates.at(-1)).toMatchObject({ topic: 't:A', record: { ts: 9 }, changed: null })
})

test('one server after the other goes away: each is followed, with two connections at most', async () => {
  const { sdk } = await settled()
  let most = 0
  for (let i = 0; i < 5; i++) {
    await roll(sdk, [100, 900])
    for (let j = 0; j < 20; j++) {
      await sdk.pass(20)
      most = Math.max(most, sdk.network.sockets.size)
    }
    sdk.network.publish('t:B', { bid: i })
  }
  for (let j = 0; j < 40; j++) await sdk.pass(50)
  expect(most).toBeLessThanOrEqual(2)
  expect(sdk.events).not.toContain('stale')
  expect(sdk.all('open').at(-1)!.hello.server).toBe('run-6')
  expect(sdk.client.record('t:B')).toEqual({ bid: 4 })
  expect(sdk.network.sockets.size).toBe(1)
})

test('goaway of a server that is moved to already: it is followed once that one is shown', async () => {
  const { sdk } = await settled()
  await halfway(sdk)
  sdk.network.kernelBytes = 40_000
  await roll(sdk)
  await sdk.pass(1_000)
  await sdk.pass(1_000)
  expect(sdk.all('open').map(({ hello }) => hello.server)).toEqual(['run-1', 'run-2', 'run-3'])
  expect(sdk.events).not.toContain('stale')
})

test('what is wanted and refused meanwhile is so with the next one, and what it does not have is gone', async () => {
  const { sdk, handle } = await settled()
  const bad = sdk.subscribe('no topic')
  await sdk.move()
  const next = await roll(sdk)
  next.fanout.update('u:A', { bid: 2 })
  const [old] = sdk.network.leaving
  old!.fanout.update('t:left', { bid: 2 })
  await sdk.move()
  expect(sdk.client.record('t:left')).toEqual({ bid: 2 })
  sdk.time.pass(0)
  const late = sdk.subscribe('u:A')
  handle.update({ intervalMs: 1_000 })
  await sdk.pass(500)
  expect(sdk.client.stats.reconnects).toBe(1)
  expect(sdk.all('gone')).toEqual([{ topics: ['t:left'] }])
  expect(sdk.client.record('t:left')).toBeUndefined()
  expect(late.updates).toMatchObject([{ record: { bid: 2 } }])
  expect(bad.handle.fault).toMatchObject({ name: 'bad_topic' })
  expect(sdk.all('fault').filter(({ name }) => name === 'bad_topic')).toHaveLength(2)
  const [lane] = next.fanout.registry.lanes
  expect(lane!.channels!.get('t')).toMatchObject({ intervalMs: 1_000, mode: 'delta' })
})

test('a next server without its source is not gone to while the old one has it', async () => {
  const { sdk } = await settled()
  const next = await roll(sdk)
  next.feed.down(sdk.time.nowMs)
  await sdk.pass(1_000)
  expect([sdk.client.stats.reconnects, sdk.client.isLive]).toEqual([0, true])
  next.feed.up(sdk.time.nowMs)
  await sdk.pass(100)
  expect([sdk.client.stats.reconnects, sdk.client.isLive]).toEqual([1, true])
  expect(sdk.events).not.toContain('stale')
})
