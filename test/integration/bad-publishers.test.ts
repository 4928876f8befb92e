/**
 * Bad publishers: whatever is published to a real Redis, it is counted under its reason, and the last good value is
 * still served. The server runs in this process, where its prototypes can be seen.
 */
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { MALFORMED_REASONS } from '../../src/ingest/decode.ts'
import { BAD_PAYLOADS, manyFields } from '../support/bad-payloads.ts'
import { Client } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { metricOf, metricsOf, type Served, serveHere } from '../support/serve.ts'

const TOPIC = 'ticker:BTC-USD'
const BAD_CHANNELS = [
  'ticker',
  'ticker:',
  ':BTC',
  'ticker:*',
  'ticker:BTC USD',
  'TICKER:BTC-USD',
].concat(['ticker:"BTC"', 'ticker:\u00e9', `ticker:${'x'.repeat(128)}`, '__proto__:x', '9:x'])

let goodCount = 0
let redis: TestRedis
let publisher: Redis
let server: Served
let client: Client

beforeAll(async () => {
  redis = await startRedis()
  publisher = new Redis(redis.url)
  await publisher.hset('tickwire:last', {
    'ticker:BROKEN': '{"bid":',
    'ticker:STORED': '{"bid":"1"}',
  })
  // Every channel, so that bad names get in too.
  server = await serveHere({ TICKWIRE_REDIS_URL: redis.url, TICKWIRE_REDIS_PATTERNS: '*' })
  client = await Client.connect(server.url)
  await eventually(() => client.notices.some(({ feed }) => feed === 'live'))
  await client.subscribe(['ticker:*'])
})

afterAll(async () => {
  await server?.stop()
  publisher?.disconnect()
  await redis?.stop()
})

test('a stored record that cannot be read is counted, and the others are served', async () => {
  await eventually(() => expect(client.records.get('ticker:STORED')).toEqual({ bid: '1' }))
  expect((await malformed()).not_json).toBeGreaterThan(0)
  expect(client.records.has('ticker:BROKEN')).toBe(false)
})

test.each(BAD_PAYLOADS)('%s is counted as %s', async (_, reason, payload) => {
  const good = { bid: `58721.${++goodCount}`, ts: 1617647428063 }
  await publisher.publish(TOPIC, JSON.stringify(good))
  await publisher.hset('tickwire:last', TOPIC, JSON.stringify(good))
  await eventually(() => expect(client.records.get(TOPIC)).toEqual(good))

  const before = await malformed()
  await publisher.publish(TOPIC, payload)
  const after = { ...before, [reason]: before[reason]! + 1 }
  await eventually(async () => expect(await malformed()).toEqual(after))
  await stillServed(good)
})

test('every reason there is has been met', () => {
  const met = new Set(BAD_PAYLOADS.map(([, reason]) => reason))
  expect([...met].toSorted()).toEqual([...MALFORMED_REASONS].toSorted())
})

test('of a batch, the good entries are taken in and the bad ones counted', async () => {
  const before = await malformed()
  await publisher.publish(TOPIC, '[{"bid":"1","last":null},{"bid":{}},{"ask":"2"},7]')
  await eventually(() => {
    expect(client.records.get(TOPIC)).toMatchObject({ bid: '1', ask: '2' })
  })
  const { bad_field_value, not_an_object } = before
  expect(await malformed()).toEqual({
    ...before,
    bad_field_value: bad_field_value! + 1,
    not_an_object: not_an_object! + 1,
  })
  await publisher.publish(TOPIC, '{"ask":null}')
  await eventually(() => expect(client.records.get(TOPIC)).not.toHaveProperty('ask'))
})

test.each(BAD_CHANNELS)('the channel %s is counted as no topic', async (channel) => {
  const name = 'tickwire_refused_total{reason="bad_topic"}'
  const before = await metricOf(server, name)
  await publisher.publish(channel, '{"bid":"1"}')
  await eventually(async () => expect(await metricOf(server, name)).toBe(before + 1))
  expect(client.records.has(channel)).toBe(false)
})

test('a record that would grow beyond its limit stays as it was', async () => {
  const name = 'tickwire_refused_total{reason="too_many_fields"}'
  const good = manyFields(60)
  await publisher.publish('ticker:WIDE', JSON.stringify(good))
  await publisher.publish('ticker:WIDE', JSON.stringify(manyFields(5, 'g')))
  await eventually(async () => expect(await metricOf(server, name)).toBe(1))
  await eventually(() => expect(client.records.get('ticker:WIDE')).toEqual(good))
})

test('nothing of all that has got into a prototype, and the connection has lived through it', () => {
  for (const prototype of [Object.prototype, Array.prototype, Map.prototype]) {
    for (const name in prototype) expect.unreachable(`${name} is in a prototype`)
  }
  expect({}).not.toHaveProperty('polluted')
  expect(client.violations).toEqual([])
  expect(client.closed).toBeNull()
})

async function malformed(): Promise<Record<string, number>> {
  const metrics = await metricsOf(server)
  return Object.fromEntries(
    MALFORMED_REASONS.map((reason) => {
      return [reason, metrics[`tickwire_malformed_total{reason="${reason}"}`] ?? Number.NaN]
    }),
  )
}

/** To the client that is here, to one that comes now, and over HTTP. */
async function stillServed(record: object): Promise<void> {
  const late = await Client.connect(server.url, { dialect: 'msgpack' })
  onTestFinished(() => late.close())
  await late.subscribe([TOPIC])
  await eventually(() => expect(late.records.get(TOPIC)).toEqual(record))
  expect(client.records.get(TOPIC)).toEqual(record)
  const response = await fetch(`${server.http}/api/v1/ticker/BTC-USD`)
  expect(await response.json()).toMatchObject({ topic: TOPIC, data: record })
}
