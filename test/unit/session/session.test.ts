/**
 * A client's life: greeting, requests and their limits, the end.
 */

import { expect, test } from 'vitest'
import { announce, heartbeat } from '../../../src/fanout/sweep.ts'
import { BAD_REQUESTS_MAX } from '../../../src/session/session.ts'
import { LIMITS, TestSession } from '../../support/session.ts'

const error = (name: string, id: unknown = null) => [
  expect.objectContaining({ type: 'error', id, name }),
]

test('hello comes first, with what a client has to know', () => {
  const client = new TestSession()
  client.session.open()
  expect(client.read()).toEqual([
    {
      type: 'hello',
      protocol: 'tickwire.v1',
      server: 'a1b2c3d4',
      source: 'redis',
      feed: 'down',
      heartbeatMs: 5_000,
      probe: 'ping',
      auth: 'off',
      limits: LIMITS,
    },
  ])
})

test('answers a ping with the time', () => {
  const client = TestSession.opened()
  client.fanout.nowMs = 1_234
  expect(client.ask('ping')).toEqual([{ type: 'pong', id: 1, at: 1_234 }])
})

test('speaks msgpack both ways', () => {
  const client = TestSession.opened({ dialect: 'msgpack' })
  expect(client.ask('ping')).toEqual([{ type: 'pong', id: 1, at: 0 }])
})

test('refuses a method it does not know, and goes on', () => {
  const client = TestSession.opened()
  for (let i = 1; i <= BAD_REQUESTS_MAX + 1; i++) {
    expect(client.ask('nothing')).toEqual(error('unknown_method', i))
  }
  expect(client.ask('ping')).toMatchObject([{ type: 'pong' }])
  expect(client.counters.faults.unknown_method).toBe(BAD_REQUESTS_MAX + 1)
})

test.each([
  { why: 'no JSON', frame: '{"id":1', id: null },
  { why: 'no object', frame: '[]', id: null },
  { why: 'an id that is none', frame: '{"id":{},"method":"ping"}', id: null },
  { why: 'params missing', frame: '{"id":7,"method":"subscribe"}', id: 7 },
  { why: 'a binary frame in json', frame: Buffer.from('{"id":7,"method":"ping"}'), id: null },
])('refuses $why as bad_request, with the id where it could be read', ({ frame, id }) => {
  const client = TestSession.opened()
  expect(client.send(frame)).toEqual(error('bad_request', id))
  expect(client.outlet.closeCode).toBeNull()
})

test('refuses a text frame in msgpack', () => {
  const client = TestSession.opened({ dialect: 'msgpack' })
  expect(client.send('{"id":7,"method":"ping"}')).toMatchObject([
    { name: 'bad_request', message: expect.stringContaining('binary frames') },
  ])
})

test('closes a client that sends nothing but malformed requests', () => {
  const client = TestSession.opened()
  for (let i = 0; i < BAD_REQUESTS_MAX; i++) {
    expect(client.outlet.closeCode).toBeNull()
    expect(client.send('?')).toEqual(error('bad_request'))
  }
  expect(client.outlet.closeCode).toBe(4501)
  expect([...client.fanout.registry.lanes]).toEqual([])
})

test('a request that is none now and then closes nothing', () => {
  const client = TestSession.opened()
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < BAD_REQUESTS_MAX - 1; i++) client.send('?')
    client.fanout.nowMs += 60_000
    expect(client.ask('ping')).toMatchObject([{ type: 'pong' }])
  }
  expect(client.outlet.closeCode).toBeNull()
})

test('refuses requests beyond the allowance, and says what it is', () => {
  const client = TestSession.opened()
  for (let i = 0; i < LIMITS.requestsBurst; i++) client.ask('ping')
  const [refusal] = client.ask('subscribe', { topics: ['t:A'] })
  expect(refusal).toMatchObject({ type: 'error', id: 21, name: 'too_many_requests' })
  expect(refusal!.message).toContain('at most 10 a second, in bursts of 20')
  expect(client.fanout.registry.subscriptionCount).toBe(0)
  expect(client.outlet.closeCode).toBeNull()
  client.fanout.nowMs += 100
  expect(client.ask('ping')).toMatchObject([{ name: 'too_many_requests' }])
  client.fanout.nowMs += 1_000
  expect(client.ask('ping')).toMatchObject([{ type: 'pong' }])
})

test('closes a flood, and answers no more', () => {
  const client = TestSession.opened()
  const answers: unknown[] = []
  for (let i = 0; i < 3 * LIMITS.requestsBurst; i++) answers.push(...client.ask('ping'))
  expect(client.outlet.closeCode).toBe(4002)
  expect(answers).toHaveLength(2 * LIMITS.requestsBurst)
})

test('closes for a request that is too large, and takes the largest', () => {
  const client = TestSession.opened()
  const request = '{"id":1,"method":"ping"}'
  const largest = request + ' '.repeat(LIMITS.requestBytes - request.length)
  expect(client.send(largest)).toMatchObject([{ type: 'pong' }])
  expect(client.send(`${largest} `)).toEqual([])
  expect(client.outlet.closeCode).toBe(1009)
})

test.each(['bad_requests', 'request_too_large', 'too_many_requests'] as const)(
  'sends nothing after closing for %s',
  (fault) => {
    const client = TestSession.opened()
    client.fanout.update('t:A', { bid: '1' })
    client.ask('subscribe', { topics: ['t:A', 't:*'], mode: 'delta' })
    client.outlet.close(fault)
    client.fanout.update('t:A', { bid: '2' })
    client.fanout.update('t:B', { bid: '2' })
    client.ask('ping')
    client.ask('subscribe', { topics: ['t:A'] })
    client.send('?')
    const { flush, registry } = client.fanout
    announce(flush, registry.lanes, { type: 'status', feed: 'live', since: 1 })
    heartbeat(flush, registry.lanes, 0, 1)
    expect(client.endTurn()).toEqual([])
    expect(client.outlet.sentAfterClose).toBe(0)
  },
)

test('leaves nothing behind', () => {
  const client = TestSession.opened()
  client.ask('subscribe', { topics: ['t:*', 't:A', 'u:B'] })
  client.session.end()
  const { registry, market } = client.fanout
  expect([...registry.lanes]).toEqual([])
  expect(registry.subscriptionCount).toBe(0)
  expect(market.find('u:B')).toBeUndefined()
})

test('counts the requests it answered, by method', () => {
  const client = TestSession.opened()
  client.ask('ping')
  client.ask('ping')
  client.ask('list')
  client.ask('nothing')
  expect(client.counters.requests).toEqual({
    ...{ subscribe: 0, unsubscribe: 0, list: 1, ping: 2, auth: 0, ack: 0 },
  })
})

test('pings cost allowance, and too many of them the connection', () => {
  const client = TestSession.opened()
  for (let i = 0; i < 20; i++) expect(client.session.pinged(0)).toBeNull()
  let fault = client.session.pinged(0)
  for (let i = 0; i < 40 && fault === null; i++) fault = client.session.pinged(0)
  expect(fault).toBe('too_many_requests')
})
