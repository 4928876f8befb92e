/**
 * Hostile readers, part one: clients that answer no pings, answer them late, answer what nobody asked, hardly read, or
 * come and go without end. Each is bounded and counted, and a well-behaved client ends exact (test/support/
 * battlefield.ts looks after every test). Part two, clients that forge answers: hostile-forgers.test.ts
 */
import { readdir } from 'node:fs/promises'
import { expect, onTestFinished, test } from 'vitest'
import { FRAME_BYTES_MAX } from '../../src/fanout/credit.ts'
import { WINDOW_BYTES_START } from '../../src/fanout/window.ts'
import { battlefield, hostileLanes, lanesOf } from '../support/battlefield.ts'
import { Client } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { LateReader, openDripping, openMute, pong, SUBSCRIBE } from '../support/hostile.ts'
import { RawClient } from '../support/raw-client.ts'
import { metricOf, metricsOf, type ServerProcess } from '../support/serve.ts'

const LANE_TIMEOUT_MS = 3_000
const REQUESTS_PER_S = 100
const REQUESTS_BURST = 20
/** More than a window, and the kernel's buffers of a socket take it. */
const LOAD = { topics: 200, updatesPerS: 1_000, updateBytes: 200 }

const field = battlefield(
  {
    TICKWIRE_LANE_TIMEOUT_MS: `${LANE_TIMEOUT_MS}`,
    TICKWIRE_HEARTBEAT_MS: '500',
    TICKWIRE_REQUESTS_PER_S: `${REQUESTS_PER_S}`,
    TICKWIRE_REQUESTS_BURST: `${REQUESTS_BURST}`,
  },
  LOAD,
)

const SLOW_READERS = 'tickwire_faults_total{fault="slow_reader"}'
const CLOSED_SLOW = 'tickwire_connections_closed_total{code="4001"}'
const FLOODERS = 'tickwire_faults_total{fault="too_many_requests"}'
const UNASKED = 'tickwire_unasked_pongs_total'
const GAUGES = /^tickwire_(connections|subscriptions|lanes\{.*\})$/
const GROWTH_BYTES_MAX = 30 * 1024 * 1024

test('a client that answers no ping is held after one window, and closed in time', async () => {
  const { server } = field()
  const before = await metricsOf(server)
  const mute = await openMute(server.port)
  onTestFinished(() => mute.destroy())
  await eventually(async () => {
    const [lane] = await hostileLanes(field())
    expect(lane).toMatchObject({ hold: 'credit', backlogBytes: 0, rttMs: null, rttMinMs: null })
    expect(lane!.inFlightBytes).toBeGreaterThan(WINDOW_BYTES_START / 2)
    expect(lane!.inFlightBytes).toBeLessThanOrEqual(lane!.windowBytes + FRAME_BYTES_MAX)
    expect(lane!.superseded).toBeGreaterThan(100)
  })
  expect(await mute.closeCode()).toBe(4001)
  // Also what was sent after the lane had been looked at.
  expect(mute.received.length).toBeLessThan(WINDOW_BYTES_START + 2 * FRAME_BYTES_MAX)
  const after = await metricsOf(server)
  expect(after[SLOW_READERS]).toBe(before[SLOW_READERS]! + 1)
  expect(after[CLOSED_SLOW]).toBe((before[CLOSED_SLOW] ?? 0) + 1)
})

test('a client that reads a byte a second is given a window, and closed in time', async () => {
  const { server } = field()
  const before = await metricOf(server, SLOW_READERS)
  const dripping = await openDripping(server.port, 1_000)
  onTestFinished(() => dripping.destroy())
  await eventually(async () => {
    const [lane] = await hostileLanes(field())
    expect(lane!.hold).toBe('credit')
    expect(lane!.inFlightBytes).toBeLessThan(WINDOW_BYTES_START + FRAME_BYTES_MAX)
  })
  await eventually(() => expect(dripping.readCount).toBeGreaterThan(0))
  await eventually(async () => expect(await hostileLanes(field())).toEqual([]))
  expect(await metricOf(server, SLOW_READERS)).toBe(before + 1)
  expect(dripping.readCount).toBeLessThan(100)
})

test('a client that floods pongs which nobody asked for is closed', async () => {
  const { server } = field()
  const before = await metricsOf(server)
  const flooder = await openMute(server.port)
  onTestFinished(() => flooder.destroy())
  const count = 10 * REQUESTS_BURST
  flooder.send(Buffer.concat(Array.from({ length: count }, () => pong(4_000_000_000))))
  expect(await flooder.closeCode()).toBe(4002)
  const after = await metricsOf(server)
  expect(after[FLOODERS]).toBe(before[FLOODERS]! + 1)
  const unasked = after[UNASKED]! - before[UNASKED]!
  // The burst, and as much of a debt; what comes behind the close is not looked at.
  expect(unasked).toBeGreaterThan(2 * REQUESTS_BURST - 5)
  expect(unasked).toBeLessThan(count)
})

test('a client that sends a pong of its own now and then is not', async () => {
  const { server } = field()
  const before = await metricOf(server, UNASKED)
  const client = await Client.connect(server.url)
  onTestFinished(() => client.close())
  await client.subscribe(['ticker:*'])
  const count = 3 * REQUESTS_BURST
  let sent = 0
  const timer = setInterval(() => {
    if (sent++ < count) client.socket.pong()
    else clearInterval(timer)
  }, 4_000 / REQUESTS_PER_S)
  onTestFinished(() => clearInterval(timer))
  await eventually(async () => expect(await metricOf(server, UNASKED)).toBe(before + count))
  await field().load.check(client)
  expect(client.closed).toBeNull()
})

test('a client that answers each ping 300 ms late is served', { timeout: 40_000 }, async () => {
  const { server, load } = field()
  const before = await metricOf(server, SLOW_READERS)
  const late = await LateReader.open(server.port, 300)
  onTestFinished(() => late.client.destroy())
  // For so long that nobody would be there still who is taken for one that does not answer.
  const sinceMs = Date.now()
  await eventually(() => Date.now() - sinceMs > 2 * LANE_TIMEOUT_MS)
  const [lane] = await hostileLanes(field())
  // Less what the server's own loop stood still.
  expect(lane!.rttMinMs).toBeGreaterThan(200)
  expect(lane!.unreadMs).toBeLessThan(LANE_TIMEOUT_MS)
  await load.check(late)
  expect(late.answered).toBeGreaterThan(10)
  expect(late.closed).toBe(false)
  expect(await metricOf(server, SLOW_READERS)).toBe(before)
})

test('clients that come and go 500 times leave nothing behind', { timeout: 40_000 }, async () => {
  const { server } = field()
  expect(await hostileLanes(field())).toEqual([])
  const before = await standing(server)
  // The first ones make the process as large as it gets.
  await comeAndGo(server, 500)
  const rssBytes = await server.rssBytes()
  await comeAndGo(server, 500)
  await eventually(async () => expect(await standing(server)).toEqual(before))
  const growthBytes = (await server.rssBytes()) - rssBytes
  expect(growthBytes).toBeLessThan(GROWTH_BYTES_MAX)
  console.log(`500 more come and gone: RSS ${Math.round(growthBytes / 1024)} KiB more`)
})

/** What there is of everything that a connection takes. */
async function standing(server: ServerProcess) {
  const metrics = await metricsOf(server)
  const gauges = Object.entries(metrics).filter(([name]) => GAUGES.test(name))
  return {
    gauges: Object.fromEntries(gauges),
    lanes: (await lanesOf(server)).count,
    handles: (await readdir(`/proc/${server.program.pid}/fd`)).length,
  }
}

/** In groups of ten, which are subscribed to everything and cut off amid what they are sent. */
async function comeAndGo({ port }: ServerProcess, count: number): Promise<void> {
  for (let done = 0; done < count; done += 10) {
    const clients = await Promise.all(Array.from({ length: 10 }, () => RawClient.open(port)))
    for (const client of clients) client.send(SUBSCRIBE)
    await eventually(() => clients.every(({ received }) => received.includes('"full"')))
    for (const client of clients) client.destroy()
  }
}
