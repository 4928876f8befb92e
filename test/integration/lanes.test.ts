/**
 * Lanes, as an operator sees them: GET /lanes on the admin port, and what of them is in /metrics.
 */
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { type LaneReport, lanesOf } from '../support/battlefield.ts'
import { Client, type ClientOptions } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { openMute } from '../support/hostile.ts'
import { RawClient } from '../support/raw-client.ts'
import { metricsOf } from '../support/serve.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
let tick = 0

beforeAll(async () => {
  server = await startServer()
})

beforeEach(() => eventually(async () => expect(await lanesOf(server)).toMatchObject({ count: 0 })))

afterAll(() => server.stop())

test('without lanes there are none', async () => {
  expect(await lanesOf(server)).toEqual({ count: 0, lanes: [] })
})

test('a lane has all its fields, with its figures', async () => {
  const client = await connect({ dialect: 'msgpack' })
  await client.subscribe(['ticker:A', 'ticker:B'])
  update('ticker:A')
  await eventually(async () => {
    const { count, lanes } = await lanesOf(server)
    expect(count).toBe(1)
    expect(lanes).toEqual([
      {
        address: '127.0.0.1',
        dialect: 'msgpack',
        subscriptions: 2,
        pending: 0,
        superseded: 0,
        hold: 'none',
        heldMs: 0,
        unreadMs: 0,
        backlogBytes: 0,
        inFlightBytes: expect.any(Number),
        windowBytes: 16_384,
        rttMs: expect.any(Number),
        rttMinMs: expect.any(Number),
        rateBytesPerS: expect.any(Number),
      },
    ])
    const { inFlightBytes, rttMs, rttMinMs, rateBytesPerS } = lanes[0]!
    expect(inFlightBytes).toBeLessThan(16_384)
    expect(rttMinMs).toBeGreaterThan(0)
    expect(rttMs).toBeGreaterThanOrEqual(rttMinMs!)
    expect(rateBytesPerS).toBeGreaterThan(0)
  })
})

test('a lane that is held says since when, why, and what it misses', async () => {
  const mute = await openMute(server.port)
  onTestFinished(() => mute.destroy())
  const held = await eventually(async () => {
    flood(50)
    const [lane] = (await lanesOf(server)).lanes
    expect(lane).toMatchObject({ hold: 'credit', rttMs: null, rttMinMs: null, rateBytesPerS: 0 })
    expect(lane!.pending).toBeGreaterThan(0)
    expect(lane!.superseded).toBeGreaterThan(0)
    return lane!
  })
  const later = await eventually(async () => {
    flood(50)
    const [lane] = (await lanesOf(server)).lanes
    expect(lane!.heldMs).toBeGreaterThan(held.heldMs)
    return lane!
  })
  expect(later.unreadMs).toBeGreaterThanOrEqual(later.heldMs)
  expect(later.superseded).toBeGreaterThan(held.superseded)
})

test('the slowest come first, and no more than asked for', async () => {
  const clients = await Promise.all(Array.from({ length: 5 }, () => connect()))
  for (const client of clients) await client.subscribe(['ticker:A'])
  const mute = await openMute(server.port)
  onTestFinished(() => mute.destroy())
  const behind = ({ rttMs, unreadMs }: LaneReport) => Math.max(rttMs ?? 0, unreadMs)
  await eventually(async () => {
    flood(50)
    const { count, lanes } = await lanesOf(server)
    expect(count).toBe(6)
    expect(lanes).toHaveLength(6)
    expect(lanes[0]).toMatchObject({ hold: 'credit', rttMs: null })
    expect(behind(lanes[0]!)).toBeGreaterThan(100)
    const ages = lanes.map((lane) => Math.round(behind(lane)))
    expect(ages).toEqual(ages.toSorted((a, b) => b - a))
  })
  const top = await lanesOf(server, 2)
  expect(top.count).toBe(6)
  expect(top.lanes.map(({ hold }) => hold)).toEqual(['credit', 'none'])
})

test('20 lanes are shown where nobody says how many, and 1,000 at most', async () => {
  const clients: RawClient[] = []
  onTestFinished(() => {
    for (const client of clients) client.destroy()
  })
  while (clients.length < 1_001) {
    const some = Array.from({ length: 91 }, () => RawClient.open(server.port))
    clients.push(...(await Promise.all(some)))
  }
  const shown = async (query: string) => {
    const response = await fetch(`${server.admin}/lanes${query}`)
    return ((await response.json()) as { lanes: LaneReport[] }).lanes.length
  }
  const counts = await Promise.all(['', '?top=', '?top=21', '?top=1000'].map(shown))
  expect(counts).toEqual([20, 20, 21, 1_000])
  expect((await lanesOf(server)).count).toBe(1_001)
})

test.each(['0', '-1', '1.5', 'all', '1e3', '1001', '9999999', '%00', '٣'])(
  'top=%s is a bad request',
  async (top) => {
    const response = await fetch(`${server.admin}/lanes?top=${top}`)
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { code: 1001, name: 'bad_request', message: expect.stringContaining('1 to 1000') } },
    ])
  },
)

test('the metrics of lanes move with traffic', async () => {
  const before = await metricsOf(server)
  const mute = await openMute(server.port)
  onTestFinished(() => mute.destroy())
  const paced = await connect()
  await paced.subscribe(['ticker:*'], { intervalMs: 60_000 })
  await eventually(async () => {
    flood(50)
    const after = await metricsOf(server)
    const moved = (name: string) => after[name]! - before[name]!
    expect(after['tickwire_lanes{hold="credit"}']).toBe(1)
    expect(after['tickwire_lanes{hold="none"}']).toBe(1)
    expect(after['tickwire_lanes{hold="socket"}']).toBe(0)
    expect(moved('tickwire_holds_total{why="credit"}')).toBeGreaterThan(0)
    expect(moved('tickwire_holds_total{why="socket"}')).toBe(0)
    expect(moved('tickwire_superseded_total')).toBeGreaterThan(0)
    expect(moved('tickwire_paced_total')).toBeGreaterThan(0)
    expect(moved('tickwire_probe_round_trip_seconds_count')).toBeGreaterThan(0)
    expect(moved('tickwire_age_at_send_seconds_count')).toBeGreaterThan(0)
  })
})

test.each(['tickwire_probe_round_trip_seconds', 'tickwire_age_at_send_seconds'])(
  '%s is a histogram that adds up',
  async (name) => {
    const client = await connect()
    await client.subscribe(['ticker:*'])
    const metrics = await eventually(async () => {
      flood(1)
      const all = await metricsOf(server)
      expect(all[`${name}_count`]).toBeGreaterThan(0)
      return all
    })
    const buckets = Object.entries(metrics).flatMap(([key, value]) => {
      const le = key.startsWith(`${name}_bucket`)
        ? /^\{le="(.+)"\}$/.exec(key.slice(name.length + 7))
        : null
      return le === null ? [] : [{ le: le[1] === '+Inf' ? Infinity : Number(le[1]), value }]
    })
    expect(buckets.length).toBeGreaterThan(10)
    expect(buckets).toEqual(buckets.toSorted((a, b) => a.le - b.le))
    const values = buckets.map(({ value }) => value)
    expect(values).toEqual(values.toSorted((a, b) => a - b))
    expect(buckets.at(-1)).toEqual({ le: Infinity, value: metrics[`${name}_count`] })
    expect(metrics[`${name}_sum`]).toBeGreaterThan(0)
    // Seconds, on a loopback: as milliseconds they would be far more.
    expect(metrics[`${name}_sum`]! / metrics[`${name}_count`]!).toBeLessThan(5)
  },
)

async function connect(options: ClientOptions = {}): Promise<Client> {
  const client = await Client.connect(server.url, options)
  onTestFinished(() => client.close())
  return client
}

function update(topic: string): void {
  server.source.update(topic, { n: tick++, text: 'x'.repeat(200) })
}

/** More than a turn's worth of a window in a few calls. */
function flood(topics: number): void {
  for (let i = 0; i < topics; i++) update(`ticker:FLOOD-${i}`)
}
