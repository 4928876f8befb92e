/**
 * Bad clients, part one: requests that cannot be answered. Each is a named fault that is counted, or a documented
 * close, and others go on receiving. Part two, bad frames: bad-frames.test.ts
 */
import { expect, onTestFinished, test } from 'vitest'
import type { FaultName } from '../../src/protocol/faults.ts'
import { Client, type ClientOptions } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { metricOf, metricsOf, serveProcess } from '../support/serve.ts'
import { witnessed } from '../support/witness.ts'

const server = witnessed()
/** The witness's subscriptions: every topic of the simulator. */
const WITNESSED = 200

const subscribe = (params: unknown) => ({ id: 7, method: 'subscribe', params })
const BAD_REQUESTS: [what: string, request: unknown, fault: FaultName, id: unknown][] = [
  ['nothing', null, 'bad_request', null],
  ['a number', 5, 'bad_request', null],
  ['a list', [{ id: 1, method: 'ping' }], 'bad_request', null],
  ['no id', { method: 'ping' }, 'bad_request', null],
  ['an id that is a map', { id: {}, method: 'ping' }, 'bad_request', null],
  ['an id with a fraction', { id: 1.5, method: 'ping' }, 'bad_request', null],
  ['a very long id', { id: 'i'.repeat(65), method: 'ping' }, 'bad_request', null],
  ['no method', { id: 7 }, 'bad_request', 7],
  ['a method that is a number', { id: 'seven', method: 7 }, 'bad_request', 'seven'],
  ['an unknown method', { id: 7, method: 'publish' }, 'unknown_method', 7],
  ['an inherited name as method', { id: 7, method: 'constructor' }, 'unknown_method', 7],
  ['a very long method', { id: 7, method: 'm'.repeat(10_000) }, 'unknown_method', 7],
  ['no params', subscribe(undefined), 'bad_request', 7],
  ['params that are a list', subscribe(['ticker:*']), 'bad_request', 7],
  ['no topics', subscribe({}), 'bad_request', 7],
  ['an empty list of topics', subscribe({ topics: [] }), 'bad_request', 7],
  ['a topic that is a number', subscribe({ topics: ['ticker:*', 5] }), 'bad_request', 7],
  ['topics in a text', subscribe({ topics: 'ticker:*' }), 'bad_request', 7],
  ['an unknown mode', subscribe({ topics: ['ticker:*'], mode: 'half' }), 'bad_request', 7],
  ['a negative interval', subscribe({ topics: ['ticker:*'], intervalMs: -1 }), 'bad_request', 7],
  ['a long interval', subscribe({ topics: ['ticker:*'], intervalMs: 60_001 }), 'bad_request', 7],
]

test.each(BAD_REQUESTS)('%s is answered with a fault', async (_, request, fault, id) => {
  for (const dialect of ['json', 'msgpack'] as const) {
    const name = `tickwire_faults_total{fault="${fault}"}`
    const before = await metricOf(server(), name)
    const client = await connect({ dialect })
    client.send(request)
    expect(await client.until('error')).toMatchObject({ id, name: fault })
    expect(await metricOf(server(), name)).toBe(before + 1)
    expect(await client.request('list')).toMatchObject({ type: 'result', topics: [] })
  }
})

test('topics that are none are refused one by one, and the good one is subscribed to', async () => {
  const client = await connect()
  const bad = ['', 'ticker', 'ticker:', 'tick er:X', 'ticker:*X', 'x'.repeat(500), '__proto__']
  const result = await client.subscribe([...bad, 'ticker:*'])
  expect(result.topics).toEqual([
    ...bad.map((topic) => ({
      topic: topic.slice(0, 160),
      error: expect.objectContaining({ name: 'bad_topic' }),
    })),
    expect.objectContaining({ topic: 'ticker:*', held: true }),
  ])
  await eventually(() => client.records.size > 0)
})

test('10,000 topics are too much for a request, by their bytes or by their number', async () => {
  const topics = Array.from({ length: 10_000 }, (_, i) => `a:${i.toString(36)}`)
  const json = await connect()
  json.send(subscribe({ topics }))
  expect(await json.untilClosed()).toEqual({ code: 1009, reason: 'request_too_large' })
  const msgpack = await connect({ dialect: 'msgpack' })
  const answer = await msgpack.subscribe(topics)
  expect(answer).toMatchObject({ type: 'error', name: 'too_many_subscriptions' })
  expect(await msgpack.request('list')).toMatchObject({ topics: [] })
})

test('subscriptions beyond the limit are refused one by one', async () => {
  const client = await connect()
  const names = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => `ticker:NONE-${from + i}`)
  await client.subscribe(names(0, 1_000))
  const { topics } = await client.subscribe(names(1_000, 100))
  const refused = (topics as object[]).filter((topic) => 'error' in topic)
  expect(refused).toHaveLength(1_100 - 1_024)
  expect(refused[0]).toMatchObject({ error: { name: 'too_many_subscriptions' } })
  await client.close()
  const metrics = await metricsOf(server())
  expect(metrics.tickwire_subscriptions).toBe(WITNESSED)
})

test('a client that floods is told, and then closed', async () => {
  const client = await connect()
  for (let id = 1; id <= 200; id++) client.send({ id, method: 'ping' })
  expect(await client.untilClosed()).toEqual({ code: 4002, reason: 'too_many_requests' })
  expect(client.counts.pong).toBeGreaterThanOrEqual(20)
  expect(await client.until('error')).toMatchObject({ name: 'too_many_requests' })
})

test('a client that sends nothing but malformed requests is closed', async () => {
  const client = await connect()
  for (let i = 1; i <= 10; i++) client.send({ id: i })
  expect(await client.untilClosed()).toEqual({ code: 4501, reason: 'bad_requests' })
  expect(client.counts.error).toBe(10)
})

test('a client that asks on and on and reads no answer is closed', async () => {
  const generous = await serveProcess({
    TICKWIRE_REQUESTS_PER_S: '100000',
    TICKWIRE_REQUESTS_BURST: '100000',
  })
  onTestFinished(generous.stop)
  const client = await Client.connect(generous.url)
  await client.subscribe(Array.from({ length: 1_000 }, (_, i) => `ticker:NONE-${i}`))
  client.socket.pause()
  // Answers of 90 kB each: more than the kernel's buffers and the server's patience take together.
  for (let id = 100; id < 300; id++) client.send({ id, method: 'list' })
  const name = 'tickwire_faults_total{fault="slow_reader"}'
  await eventually(async () => (await metricOf(generous, name)) >= 1)
  client.socket.resume()
  expect(await client.untilClosed()).toEqual({ code: 4001, reason: 'slow_reader' })
  expect(await metricOf(generous, 'tickwire_connections')).toBe(0)
})

async function connect(options: ClientOptions = {}): Promise<Client> {
  const client = await Client.connect(server().url, options)
  onTestFinished(() => client.close())
  return client
}
