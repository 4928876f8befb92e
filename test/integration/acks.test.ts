/**
 * Probes as messages, through the real server: a client whose script is behind, however soon its library answers pings,
 * is sent newest values only; one that acknowledges wrongly or never is treated as one that does not read.
 */
import { unpack } from 'msgpackr'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { eventually } from '../support/eventually.ts'
import { metricOf, metricsOf } from '../support/serve.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { type AnyMessage, State } from '../support/state.ts'

const TOPICS = Array.from({ length: 20 }, (_, i) => `t:${i}`)
const PADDING = 'x'.repeat(500)

let server: TestServer

beforeAll(async () => {
  server = await startServer()
})

afterAll(() => server.stop())

/** Reads everything at once, and acknowledges when and what a test says. */
class Acker extends State {
  readonly socket: WebSocket
  readonly probes: number[] = []
  closeCode: number | null = null

  constructor(
    onProbe: (acker: Acker, number: number) => void,
    { dialect = 'json', url = server.url } = {},
  ) {
    super()
    this.socket = new WebSocket(`${url}/ws?probe=message&dialect=${dialect}`)
    this.socket.on('message', (data: Buffer, isBinary) => {
      for (const message of (isBinary ? unpack(data) : JSON.parse(`${data}`)) as AnyMessage[]) {
        this.take(message)
        if (message.type !== 'probe') continue
        this.probes.push(message.number as number)
        onProbe(this, message.number as number)
      }
    })
    this.socket.on('close', (code) => {
      this.closeCode = code
    })
    onTestFinished(() => this.socket.terminate())
  }

  /** All it can do is JSON, which is as good. */
  ack(number: number): void {
    this.socket.send(JSON.stringify({ method: 'ack', params: { number } }))
  }

  async subscribe(): Promise<void> {
    await eventually(() => this.counts.hello === 1)
    this.socket.send(`{"id":1,"method":"subscribe","params":{"topics":["t:*"]}}`)
    await eventually(() => this.counts.result === 1)
  }
}

/** Publishes a new value of every topic. */
function publish(value: number): void {
  for (const topic of TOPICS) server.source.update(topic, { value, padding: PADDING })
}

function values({ records }: Acker): unknown[] {
  return TOPICS.map((topic) => records.get(topic)?.value)
}

test('one that acknowledges late is held meanwhile, and is sent newest values only', async () => {
  const late: number[] = []
  let isLate = false
  const slow = new Acker((acker, number) => (isLate ? late.push(number) : acker.ack(number)))
  const prompt = new Acker((acker, number) => acker.ack(number))
  await Promise.all([slow.subscribe(), prompt.subscribe()])
  publish(0)
  await eventually(() => expect(values(slow)).toEqual(TOPICS.map(() => 0)))
  isLate = true
  const before = await metricsOf(server)
  const rounds = 200
  for (let round = 1; round <= rounds; round++) {
    publish(round)
    await eventually(() => expect(prompt.records.get('t:19')?.value).toBe(round))
  }
  // It reads all that comes, but what it was sent ended with its window.
  const held = await metricsOf(server)
  expect(held['tickwire_lanes{hold="credit"}']).toBe(1)
  expect(held.tickwire_superseded_total! - before.tickwire_superseded_total!).toBeGreaterThan(1_000)
  const behind = (slow.counts.full ?? 0) - TOPICS.length
  expect(behind).toBeLessThan((rounds * TOPICS.length) / 4)
  const counted = slow.counts.full!
  isLate = false
  slow.ack(late.at(-1)!)
  await eventually(() => expect(values(slow)).toEqual(TOPICS.map(() => rounds)))
  // Straight to the newest: once each, and nothing of what came between.
  expect(slow.counts.full! - counted).toBeLessThanOrEqual(TOPICS.length)
  expect([...slow.violations, ...prompt.violations]).toEqual([])
  expect(slow.closeCode).toBeNull()
})

test.each(['json', 'msgpack'])('probes come as messages in the %s dialect', async (dialect) => {
  const client = new Acker(() => {}, { dialect })
  await eventually(() => expect(client.probes.length).toBeGreaterThan(0))
  expect(client.probes[0]).toBe(1)
})

test('one that acknowledges wrong numbers is told nothing, counted, and closed for its flood', async () => {
  const before = await metricOf(server, 'tickwire_unasked_acks_total')
  const client = new Acker(() => {})
  await client.subscribe()
  for (let i = 0; i < 15; i++) client.ack(1_000_000 + i)
  await eventually(async () => {
    expect(await metricOf(server, 'tickwire_unasked_acks_total')).toBe(before + 15)
  })
  expect(client.counts.error).toBeUndefined()
  expect(client.closeCode).toBeNull()
  for (let i = 0; i < 60; i++) client.ack(1_000_000 + i)
  await eventually(() => expect(client.closeCode).toBe(4002))
})

test('one that never acknowledges is closed as one that never pongs', async () => {
  const impatient = await startServer({
    TICKWIRE_LANE_TIMEOUT_MS: '1000',
    TICKWIRE_HEARTBEAT_MS: '500',
  })
  onTestFinished(impatient.stop)
  const client = new Acker(() => {}, { url: impatient.url })
  // Its library answers pings all the same, and it goes on asking: that is no sign of its reading.
  const timer = setInterval(() => client.socket.ping(), 500)
  onTestFinished(() => clearInterval(timer))
  await client.subscribe()
  await eventually(() => expect(client.closeCode).toBe(4001))
})

test('one that acknowledges everything stays', async () => {
  const before = await metricOf(server, 'tickwire_requests_total{method="ack"}')
  const client = new Acker((acker, number) => acker.ack(number))
  await client.subscribe()
  await eventually(async () => {
    publish(Date.now())
    const acks = (await metricOf(server, 'tickwire_requests_total{method="ack"}')) - before
    expect(acks).toBeGreaterThan(2)
  })
  expect(client.closeCode).toBeNull()
})
