/**
 * The SDK against real sessions: what listeners are told, what is asked of the server, and what stays as it is when
 * something goes wrong.
 */
import { expect, test } from 'vitest'
import { TickwireClient, TickwireClientError } from '../../../src/client/index.ts'
import { LIMITS } from '../../support/fake-server.ts'
import { settle } from '../../support/manual-time.ts'
import { Sdk } from '../../support/sdk.ts'

test.each(['json', 'msgpack'] as const)(
  'tells of whole records, however they came (%s)',
  async (dialect) => {
    const sdk = await Sdk.opened({ dialect })
    const { fanout } = sdk.server
    fanout.update('t:A', { bid: '1', ask: '2' })
    const { updates } = sdk.subscribe('t:A', { mode: 'delta' })
    await sdk.move()
    fanout.update('t:A', { bid: '3', ask: null })
    await sdk.move()
    fanout.update('t:A', { bid: '4' })
    fanout.update('t:A', { bid: '5' })
    await sdk.move()
    expect(updates).toMatchObject([
      { topic: 't:A', record: { bid: '1', ask: '2' }, changed: null, seq: 1, superseded: 0 },
      { record: { bid: '3' }, changed: { bid: '3', ask: null }, seq: 2, superseded: 0 },
      { record: { bid: '5' }, changed: { bid: '5' }, seq: 4, superseded: 1 },
    ])
    expect(updates[0]!.record).toEqual({ bid: '1', ask: '2' })
    expect(sdk.client.record('t:A')).toEqual({ bid: '5' })
    expect(sdk.client.stats).toMatchObject({ superseded: 1, gaps: 0, reconnects: 0 })
  },
)

test('says how old a record is, and nothing of what nobody subscribed to', async () => {
  const sdk = await Sdk.opened()
  sdk.server.fanout.update('t:A', { bid: '1' })
  const { handle } = sdk.subscribe('t:A')
  await sdk.move()
  await sdk.pass(300)
  expect(sdk.client.ageMs('t:A')).toBe(300)
  expect([sdk.client.ageMs('t:B'), sdk.client.record('t:B')]).toEqual([undefined, undefined])
  handle.unsubscribe()
  expect([sdk.client.ageMs('t:A'), sdk.client.record('t:A')]).toEqual([undefined, undefined])
})

test('handles of one topic share a subscription: the finest interval, and whole records if one wants them', async () => {
  const sdk = await Sdk.opened()
  const listed = () => [...sdk.server.fanout.registry.lanes][0]!.subscriptions.values()
  const settings = () => [...listed()].map((one) => one.settings)
  const first = sdk.subscribe('t:A', { intervalMs: 1_000, mode: 'delta' })
  const second = sdk.subscribe('t:A', { intervalMs: 250, mode: 'delta' })
  await sdk.move()
  expect(settings()).toEqual([{ intervalMs: 250, mode: 'delta' }])
  expect(sdk.server.counters.requests.subscribe).toBe(1)
  first.handle.update({ mode: 'full' })
  await sdk.pass(200)
  expect(settings()).toEqual([{ intervalMs: 250, mode: 'full' }])
  second.handle.unsubscribe()
  await sdk.pass(200)
  expect(settings()).toEqual([{ intervalMs: 1_000, mode: 'full' }])
  first.handle.unsubscribe()
  await sdk.pass(200)
  expect(settings()).toEqual([])
})

test('a second handle is told of what is known, and one for a channel of each topic once', async () => {
  const sdk = await Sdk.opened()
  for (const topic of ['t:A', 't:B']) sdk.server.fanout.update(topic, { bid: '1' })
  sdk.subscribe('t:*')
  await sdk.move()
  const { updates } = sdk.subscribe(['t:*', 't:A'])
  await sdk.pass(200)
  expect(updates.map(({ topic, changed }) => [topic, changed])).toEqual([
    ['t:A', null],
    ['t:B', null],
  ])
  sdk.server.fanout.update('t:A', { bid: '2' })
  await sdk.move()
  expect(updates).toHaveLength(3)
})

// Found by the property test: the data that came in between was thrown away, and nobody sent it again.
test('what is wanted again before the server was told otherwise is complete', async () => {
  const sdk = await Sdk.opened()
  const { handle } = sdk.subscribe('t:A')
  await sdk.move()
  handle.unsubscribe()
  await settle()
  sdk.server.fanout.update('t:A', { bid: '1' })
  await sdk.move()
  sdk.subscribe('t:A')
  await sdk.pass(1_000)
  expect(sdk.client.record('t:A')).toEqual({ bid: '1' })
  expect(sdk.server.counters.requests).toMatchObject({ subscribe: 1, unsubscribe: 0 })
})

test('a refused topic is told to its handles and as a fault, and not asked for again', async () => {
  const sdk = await Sdk.opened()
  const good = sdk.subscribe('t:A')
  const bad = sdk.subscribe(['no topic', 't:B'])
  await sdk.move()
  expect(bad.handle.fault).toMatchObject({ name: 'bad_topic' })
  expect(good.handle.fault).toBeNull()
  expect(sdk.all('fault')).toMatchObject([{ name: 'bad_topic', topic: 'no topic' }])
  sdk.server.fanout.update('t:B', { bid: '1' })
  sdk.subscribe('t:C')
  await sdk.pass(1_000)
  expect(bad.updates).toHaveLength(1)
  expect(sdk.all('fault')).toHaveLength(1)
})

test('a topic that there was no room for is asked for again when there is', async () => {
  const sdk = new Sdk()
  sdk.network.start({ ...LIMITS, subscriptions: 1 })
  const first = sdk.subscribe('t:A')
  const second = sdk.subscribe('t:B')
  await sdk.move()
  expect(second.handle.fault).toMatchObject({ name: 'too_many_subscriptions' })
  first.handle.unsubscribe()
  await sdk.pass(500)
  expect(second.handle.fault).toBeNull()
})

test('a listener that throws disturbs nobody, and is told as a fault', async () => {
  const sdk = await Sdk.opened()
  sdk.client.subscribe('t:A', {}, () => {
    throw new Error('mine')
  })
  sdk.client.on('live', () => {
    throw new Error('also mine')
  })
  const { updates } = sdk.subscribe('t:A')
  sdk.server.fanout.update('t:A', { bid: '1' })
  await sdk.move()
  expect(updates).toHaveLength(1)
  const { cause } = sdk.all('fault')[0]!
  expect(cause).toMatchObject({ message: 'mine' })
  expect(sdk.all('fault')).toMatchObject([{ name: 'listener_failed' }])
  expect(sdk.client.state).toBe('open')
})

test('asks no faster than it may, however often its user changes his mind', async () => {
  const sdk = await Sdk.opened()
  for (let i = 0; i < 200; i++) {
    sdk.subscribe(`t:${i % 50}`, { intervalMs: i * 10 })
    await sdk.pass(10)
  }
  for (let i = 0; i < 20; i++) await sdk.pass(500)
  expect(sdk.all('fault')).toEqual([])
  expect(sdk.server.counters.faults.too_many_requests).toBe(0)
  expect(sdk.server.counters.requests.subscribe).toBeGreaterThan(5)
  expect([...sdk.server.fanout.registry.lanes][0]!.subscriptionCount).toBe(50)
})

test('comes back with one request where one will do, and with several where it is too large', async () => {
  const sdk = await Sdk.opened()
  const few = Array.from({ length: 20 }, (_, i) => `t:${i}`)
  sdk.subscribe(few)
  await sdk.move()
  sdk.network.start()
  for (const socket of [...sdk.network.sockets]) socket.vanish({ code: 1006, reason: '' })
  await sdk.pass(1_000)
  await sdk.pass(0)
  expect(sdk.server.counters.requests.subscribe).toBe(1)
  // At most 1,000 bytes and 100 topics a request.
  sdk.subscribe(Array.from({ length: 75 }, (_, i) => `long:${'x'.repeat(60)}${i}`))
  await sdk.pass(1_000)
  expect(sdk.server.counters.requests.subscribe).toBeGreaterThan(5)
  expect(sdk.client.state).toBe('open')
  expect([...sdk.server.fanout.registry.lanes][0]!.subscriptionCount).toBe(95)
})

test('a change that does not fit is counted, told, and made good', async () => {
  const sdk = await Sdk.opened()
  const { updates } = sdk.subscribe('t:*', { mode: 'delta' })
  sdk.server.fanout.update('t:A', { bid: '1', ask: '1' })
  await sdk.move()
  const [socket] = sdk.network.sockets
  socket!.onmessage!({ data: '[{"type":"delta","topic":"t:B","seq":9,"data":{"bid":"x"}}]' })
  // While the channel is begun anew, what does not fit is of before.
  socket!.onmessage!({ data: '[{"type":"delta","topic":"t:A","seq":1,"data":{"bid":"x"}}]' })
  expect(sdk.client.stats.gaps).toBe(1)
  expect(sdk.all('fault')).toMatchObject([{ name: 'gap', topic: 't:B' }])
  await sdk.pass(1_000)
  expect(sdk.client.record('t:A')).toEqual({ bid: '1', ask: '1' })
  expect(updates.map(({ record }) => record.bid)).not.toContain('x')
  expect(sdk.server.counters.requests).toMatchObject({ subscribe: 2, unsubscribe: 1 })
})

test('ends for good when it is closed, and tells its listeners once', async () => {
  const sdk = await Sdk.opened()
  sdk.client.close()
  sdk.client.close()
  expect(sdk.all('close')).toEqual([{ code: 1000, reason: 'closed by the client', fault: null }])
  expect([sdk.client.state, sdk.client.isLive]).toEqual(['closed', false])
  expect(sdk.time.timerCount).toBe(0)
  expect(sdk.server.ends.size).toBe(0)
  expect(() => sdk.subscribe('t:A')).toThrow(TickwireClientError)
})

test.each([
  { why: 'no topics', use: (sdk: Sdk) => sdk.subscribe([]) },
  { why: 'an empty topic', use: (sdk: Sdk) => sdk.subscribe('') },
  { why: 'a topic of great length', use: (sdk: Sdk) => sdk.subscribe('x'.repeat(161)) },
  { why: 'an interval below 0', use: (sdk: Sdk) => sdk.subscribe('t:A', { intervalMs: -1 }) },
  { why: 'no interval', use: (sdk: Sdk) => sdk.subscribe('t:A', { intervalMs: Number.NaN }) },
  { why: 'no mode', use: (sdk: Sdk) => sdk.subscribe('t:A', { mode: 'some' as never }) },
  { why: 'no URL', use: () => new TickwireClient('nothing') },
  { why: 'another protocol', use: () => new TickwireClient('ftp://x') },
  { why: 'no dialect', use: () => new Sdk({ dialect: 'toString' as never }) },
  { why: 'no backoff', use: () => new Sdk({ reconnect: { minMs: 5, maxMs: 1 } }) },
])('refuses $why with words', async ({ use }) => {
  const sdk = await Sdk.opened()
  expect(() => use(sdk)).toThrow(TickwireClientError)
})
