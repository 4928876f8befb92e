/**
 * Probes as messages: what acknowledges one costs nothing and is not answered, and everything else that is called an
 * ack costs what requests do.
 */
import { pack } from 'msgpackr'
import { expect, test } from 'vitest'
import { LIMITS, TestSession, type TestSessionOptions } from '../../support/session.ts'

/** A client that comes to probes, and acknowledges what a test says. */
class Client extends TestSession {
  constructor(options: TestSessionOptions = {}) {
    super({ probes: 'message', ...options })
    this.session.open()
  }

  /** Reads all there is, without acknowledging anything; returns the probes that it came to. */
  comeTo(): number[] {
    for (let frame = this.outlet.read(); frame !== null; frame = this.outlet.read()) {
      this.peer.receive(frame)
    }
    return this.outlet.probes.splice(0)
  }

  /** Sends a request; returns the types of what came since the last one, its answer behind the rest. */
  request(method: string, params?: object, id?: unknown): (string | undefined)[] {
    const request = { id, method, params }
    const { isBinary } = this.peer.lane.dialect
    this.session.receive(isBinary ? pack(request) : Buffer.from(JSON.stringify(request)), isBinary)
    this.unacknowledged.push(...this.comeTo())
    return this.peer.messages.splice(0).map(({ type, name }) => (name ?? type) as string)
  }

  ack(number: unknown, id?: string): (string | undefined)[] {
    return this.request('ack', { number }, id)
  }

  readonly unacknowledged: number[] = []

  get inFlightBytes(): number {
    return this.peer.lane.credit!.inFlightBytes
  }
}

/** A client that has read its greeting, and the number of the probe behind that. */
function greeted(options: TestSessionOptions = {}): { client: Client; first: number } {
  const client = new Client(options)
  const [first] = client.comeTo()
  client.peer.messages.splice(0)
  return { client, first: first! }
}

test('hello says that probes are messages', () => {
  const client = new TestSession({ probes: 'message' })
  client.session.open()
  expect(client.read()).toMatchObject([{ type: 'hello', probe: 'message' }])
})

test.each(['json', 'msgpack'] as const)(
  'an ack answers its probe, and nobody answers it (%s)',
  (dialect) => {
    const { client, first } = greeted({ dialect })
    expect(client.inFlightBytes).toBeGreaterThan(0)
    expect(client.ack(first, 'mine')).toEqual([])
    expect(client.inFlightBytes).toBe(0)
    expect(client.counters.requests.ack).toBe(1)
    expect(client.counters.unaskedAcks).toBe(0)
  },
)

test('acks of probes cost no allowance, also where none is left', () => {
  const { client, first } = greeted()
  client.ack(first)
  const pings = () => {
    for (let i = 0; i < 1_000; i++) {
      if (client.request('ping', {}, i).includes('too_many_requests')) return
    }
    throw new Error('never refused')
  }
  client.request('subscribe', { topics: ['t:A'] }, 1)
  for (let i = 0; i < 3 * LIMITS.requestsBurst; i++) {
    pings()
    for (const number of client.unacknowledged.splice(0)) expect(client.ack(number)).toEqual([])
    // A while after the last probe, the next message has one behind it.
    client.fanout.nowMs += 4_100
    client.fanout.update('t:A', { bid: i })
    client.fanout.endTurn()
    client.unacknowledged.push(...client.comeTo())
  }
  expect(client.counters.requests.ack).toBeGreaterThanOrEqual(3 * LIMITS.requestsBurst)
  expect(client.counters.unaskedAcks).toBe(0)
  expect(client.outlet.closeCode).toBeNull()
})

test.each([
  { why: 'of no probe', number: 4_000_000_000 },
  { why: 'of a probe that was answered already', number: 1 },
  { why: 'of none at all', number: 0 },
])('acks $why are counted, are not answered, and cost allowance', ({ number }) => {
  const { client, first } = greeted()
  expect(first).toBe(1)
  client.ack(first)
  for (let i = 0; i < LIMITS.requestsBurst; i++) expect(client.ack(number)).toEqual([])
  expect(client.counters.unaskedAcks).toBe(LIMITS.requestsBurst)
  expect(client.request('ping', {}, 1)).toEqual(['too_many_requests'])
  for (let i = 0; i < LIMITS.requestsBurst; i++) client.ack(number)
  expect(client.outlet.closeCode).toBe(4002)
})

test('an ack that is malformed is refused as any request is', () => {
  const { client } = greeted()
  expect(client.ack('seven')).toEqual(['bad_request'])
  expect(client.request('ack')).toEqual(['bad_request'])
  expect(client.inFlightBytes).toBeGreaterThan(0)
})

test('where probes are pings, acks answer none', () => {
  const { client, first } = greeted({ probes: 'ping' })
  const { inFlightBytes } = client
  expect(client.ack(first)).toEqual([])
  expect(client.counters.unaskedAcks).toBe(1)
  expect(client.inFlightBytes).toBe(inFlightBytes)
})

test('where probes are messages, pongs answer none', () => {
  const { client, first } = greeted()
  client.session.answered(first, 4)
  expect(client.counters.unaskedPongs).toBe(1)
  expect(client.inFlightBytes).toBeGreaterThan(0)
})
