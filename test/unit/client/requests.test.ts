/**
 * What is asked when: one ping at a time, no faster than allowed, again after "too many requests", and nothing left
 * behind by a connection that is gone.
 * Method: servers and a clock by hand.
 */
import { expect, test } from 'vitest'
import { faultBody } from '../../../src/protocol/faults.ts'
import { LIMITS } from '../../support/fake-server.ts'
import { byHand, type HandSocket } from '../../support/hand-socket.ts'
import { settle } from '../../support/manual-time.ts'

/** As long as a request must wait for the one before: 10 a second, and a quarter more. */
const APART_MS = 125

/** A greeted client, with its connection. */
function greeted(limits = LIMITS) {
  const hand = byHand()
  const socket = hand.sockets[0]!
  socket.greet('off', { limits })
  const pass = async (ms: number) => {
    hand.time.pass(ms)
    await settle()
  }
  const subscribe = (topic: string | string[]) => hand.client.subscribe(topic, {}, () => {})
  return { ...hand, socket, pass, subscribe }
}

const asked = ({ requests }: HandSocket) =>
  requests.map(({ method, params }) => [method, ...(params?.topics ?? [])].join(' '))

function pong(socket: HandSocket): void {
  const { id } = socket.requests.shift()!
  socket.say({ type: 'pong', id, at: 0 })
}

test('one ping at a time, and none while another answer is on its way', async () => {
  const { client, socket, pass, time, subscribe } = greeted()
  client.ping()
  client.ping()
  expect(asked(socket)).toEqual(['ping'])
  await pass(40)
  pong(socket)
  expect(client.stats.rttMs).toBe(40)
  await pass(APART_MS)
  subscribe('t:A')
  await settle()
  client.ping()
  expect(asked(socket)).toEqual(['subscribe t:A'])
  time.nowMs -= 1_000
  socket.accept(0)
  // A clock that was set back measures nothing below nothing.
  expect(client.stats.rttMs).toBe(0)
  client.ping()
  expect(asked(socket)).toEqual(['ping'])
})

test('a ping costs what a request does', async () => {
  const { client, socket, pass, subscribe } = greeted()
  client.ping()
  pong(socket)
  subscribe('t:A')
  await pass(APART_MS - 1)
  expect(asked(socket)).toEqual([])
  await pass(1)
  expect(asked(socket)).toEqual(['subscribe t:A'])
})

test('a ping that is refused is told, and the next one goes', async () => {
  const { client, socket } = greeted()
  const faults: string[] = []
  client.on('fault', ({ name }) => faults.push(name))
  client.ping()
  socket.answer('ping', { type: 'error', ...faultBody('too_many_requests') })
  expect(faults).toEqual(['too_many_requests'])
  client.ping()
  expect(asked(socket)).toEqual(['ping'])
})

test('what was asked for too soon is asked for again, a second later', async () => {
  const { socket, pass, subscribe } = greeted()
  const handle = subscribe('t:A')
  await settle()
  socket.answer('subscribe', { type: 'error', ...faultBody('too_many_requests') })
  await pass(999)
  expect(asked(socket)).toEqual([])
  await pass(1)
  expect(asked(socket)).toEqual(['subscribe t:A'])
  socket.accept(0)
  expect(handle.fault).toBeNull()
  handle.unsubscribe()
  await pass(APART_MS)
  socket.answer('unsubscribe', { type: 'error', ...faultBody('too_many_requests') })
  // It is there still, so it is ended again; and whoever wants it after that begins it anew.
  await pass(1_000)
  expect(asked(socket)).toEqual(['unsubscribe t:A'])
})

test('changes while it waits are one request, of one timer', async () => {
  const { client, socket, pass, subscribe, time } = greeted()
  subscribe('t:0')
  await settle()
  const timers = time.timerCount
  for (let i = 1; i < 5; i++) {
    subscribe(`t:${i}`)
    await settle()
  }
  expect(time.timerCount).toBe(timers + 1)
  await pass(APART_MS)
  expect(asked(socket)).toEqual(['subscribe t:0', 'subscribe t:1 t:2 t:3 t:4'])
  client.close()
  expect(time.timerCount).toBe(0)
})

test('what takes many requests takes half a burst at a time, and each pays', async () => {
  const { socket, pass, subscribe } = greeted({ ...LIMITS, subscriptions: 1, requestsBurst: 8 })
  subscribe(Array.from({ length: 10 }, (_, i) => `t:${i}`))
  await settle()
  expect(socket.requests).toHaveLength(4)
  await pass(4 * APART_MS - 1)
  expect(socket.requests).toHaveLength(4)
  await pass(1)
  expect(socket.requests).toHaveLength(8)
  await pass(4 * APART_MS)
  expect(socket.requests).toHaveLength(10)
})

test('what nobody wants any more is forgotten, once the server has been told', async () => {
  const { client, socket, pass, subscribe } = greeted()
  const handle = subscribe('t:A')
  await settle()
  socket.accept(1)
  socket.say({ type: 'full', topic: 't:A', seq: 5, data: { bid: '1' } })
  handle.unsubscribe()
  await pass(APART_MS)
  socket.answer('unsubscribe', { type: 'result', topics: [{ topic: 't:A' }] })
  subscribe('t:A')
  expect(client.record('t:A')).toBeUndefined()
  await pass(APART_MS)
  socket.accept(1)
  // From the start again, whatever its number.
  socket.say({ type: 'full', topic: 't:A', seq: 5, data: { bid: '2' } })
  expect([client.record('t:A'), client.stats.gaps]).toEqual([{ bid: '2' }, 0])
})

test('without a connection it is forgotten at once, and the next one asks for what is wanted then', async () => {
  const { client, sockets, socket, pass, subscribe, time } = greeted()
  const handle = subscribe('t:A')
  await settle()
  socket.accept(1)
  socket.say({ type: 'full', topic: 't:A', seq: 5, data: { bid: '1' } })
  subscribe('t:B')
  await settle()
  socket.drop(1006)
  // No more than the wait for the next connection.
  expect(time.timerCount).toBe(1)
  handle.unsubscribe()
  await settle()
  subscribe('t:A')
  expect(client.record('t:A')).toBeUndefined()
  await pass(1_000)
  sockets[1]!.greet('off')
  expect(asked(sockets[1]!)).toEqual(['subscribe t:B t:A'])
})

test('what was not wanted any more when the connection went is nothing to wait for', async () => {
  const { client, sockets, socket, pass, subscribe } = greeted()
  const handle = subscribe('t:A')
  await settle()
  socket.accept(1)
  socket.say({ type: 'full', topic: 't:A', seq: 5, data: { bid: '1' } })
  handle.unsubscribe()
  await settle()
  socket.drop(1006)
  await pass(1_000)
  sockets[1]!.greet('off')
  expect([client.isLive, asked(sockets[1]!)]).toEqual([true, []])
})
