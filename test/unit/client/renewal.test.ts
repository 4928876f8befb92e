/**
 * A token in the course of a connection: it is renewed, allows less or more than before, and goes along when the server
 * goes away.
 * Method: servers by hand, a clock by hand.
 */
import { expect, test } from 'vitest'
import { faultBody } from '../../../src/protocol/faults.ts'
import { settle } from '../../support/manual-time.ts'
import {
  BAD_TOKEN,
  counting,
  identify,
  methods,
  SECRET,
  startWithToken,
} from '../../support/token-client.ts'

test('a token that expires is renewed in place', async () => {
  const { calls, token } = counting()
  const { socket, sockets, client, all } = startWithToken({ token })
  socket.greet('required')
  await settle()
  identify(socket)
  socket.accept(0)
  socket.say({ type: 'auth_expiring', expiresAt: 5_000 })
  await settle()
  expect(identify(socket, 9_000)).toBe(calls[1])
  expect(all.expiring).toEqual([{ expiresAt: 5_000 }])
  expect(client.identity).toEqual({ subject: 'desk-7', expiresAt: 9_000 })
  expect(all.identity.map(({ expiresAt }) => expiresAt)).toEqual([5_000, 9_000])
  // Nothing else is asked, on the same connection.
  expect([sockets.length, methods(socket), all.fault]).toEqual([1, [], []])
})

test('a text cannot be renewed: it is told, and that is all', async () => {
  const { socket, all, pass } = startWithToken({ token: SECRET })
  socket.greet('required')
  identify(socket)
  socket.accept(0)
  socket.say({ type: 'auth_expiring', expiresAt: 5_000 })
  await pass(5_000)
  expect([all.expiring, methods(socket), all.fault]).toEqual([[{ expiresAt: 5_000 }], [], []])
})

test('a renewal that fails is tried again, in place', async () => {
  let calls = 0
  const token = async () => {
    if (++calls === 2) throw new Error('no network')
    return `${SECRET}-${calls}`
  }
  const { socket, sockets, client, all, pass } = startWithToken({ token })
  socket.greet('required')
  await settle()
  identify(socket)
  socket.accept(0)
  socket.say({ type: 'auth_expiring', expiresAt: 5_000 })
  await settle()
  expect(all.fault).toMatchObject([{ name: 'token_failed' }])
  await pass(1_000)
  socket.answer('auth', { type: 'error', ...faultBody('auth_unavailable') })
  expect(all.fault).toMatchObject([{}, { name: 'auth_unavailable' }])
  await pass(2_000)
  expect(identify(socket, 9_000)).toBe(`${SECRET}-4`)
  expect([sockets.length, client.identity?.expiresAt]).toEqual([1, 9_000])
})

test('a text is sent again where tokens could not be checked, and not where it was refused', async () => {
  const { socket, all, pass } = startWithToken({ token: SECRET })
  socket.greet('anonymous')
  socket.answer('auth', { type: 'error', ...faultBody('auth_unavailable') })
  socket.accept(0)
  // An answer that is late, or nobody's.
  socket.say({ type: 'result', id: 'auth-0', topics: [], subject: 'mallory' })
  await pass(1_000)
  socket.answer('auth', { type: 'error', ...faultBody('bad_token') })
  await pass(5_000)
  expect(methods(socket)).toEqual([])
  expect(all.fault).toMatchObject([{ name: 'auth_unavailable' }, { name: 'bad_token' }])
  expect(all.identity).toEqual([])
})

test('what a new token does not allow is told, goes, and is asked for again with the next one', async () => {
  const { token } = counting()
  const { socket, client, all, handle, pass } = startWithToken({ token })
  const every = client.subscribe('u:*', {}, () => {})
  socket.greet('required')
  await settle()
  identify(socket)
  socket.accept(1)
  for (const topic of ['t:A', 'u:A', 'u:B']) {
    socket.say({ type: 'full', topic, seq: 1, data: { bid: '1' } })
  }
  const error = faultBody('not_allowed')
  const renew = async (topics: string[]) => {
    socket.say({ type: 'auth_expiring', expiresAt: 5_000 })
    await settle()
    const lost = topics.map((topic) => ({ topic, error }))
    socket.answer('auth', { type: 'result', topics: lost, subject: 'desk-7', expiresAt: 9_000 })
    await pass(1_000)
  }
  await renew(['t:A', 'u:B'])
  expect(handle.fault).toEqual(error)
  expect(every.fault).toBeNull()
  expect(all.fault).toMatchObject([
    { name: 'not_allowed', topic: 't:A' },
    { name: 'not_allowed', topic: 'u:B' },
  ])
  expect(all.gone).toEqual([{ topics: ['t:A', 'u:B'] }])
  expect(['t:A', 'u:A', 'u:B'].map((topic) => client.record(topic))).toEqual([
    ...[undefined, { bid: '1' }, undefined],
  ])
  expect(methods(socket)).toEqual([])
  await renew(['u:*'])
  expect(all.gone.slice(1)).toEqual([{ topics: ['u:A'] }])
  expect(every.fault).toEqual(error)
  // The one that was lost before may be allowed now.
  expect(socket.requests).toMatchObject([{ method: 'subscribe', params: { topics: ['t:A'] } }])
  socket.accept(1)
  expect(handle.fault).toBeNull()
})

test('what comes with another delay from now on begins anew, and is not taken for a gap', async () => {
  const { token } = counting()
  const { socket, client, all, handle, pass } = startWithToken({ token })
  client.subscribe('u:*', {}, () => {})
  socket.greet('required')
  await settle()
  identify(socket)
  socket.accept(2)
  const say = (topic: string, seq: number) =>
    socket.say({ type: 'full', topic, seq, data: { seq: String(seq) } })
  for (const topic of ['t:A', 'u:A', 'u:B']) say(topic, 50)
  socket.say({ type: 'auth_expiring', expiresAt: 5_000 })
  await settle()
  const settings = { mode: 'full', intervalMs: 0, held: true, delayedMs: 900_000 } as const
  const topics = [
    { topic: 't:A', ...settings },
    { topic: 'u:*', ...settings, heldCount: 1 },
  ]
  socket.answer('auth', { type: 'result', topics, subject: 'desk-7', expiresAt: 9_000 })
  expect([handle.delayedMs, client.isLive]).toEqual([900_000, false])
  say('t:A', 40)
  await pass(1_000)
  expect(client.record('t:A')).toEqual({ seq: '40' })
  // Which topics of a channel are elsewhere now, only a new beginning tells.
  expect(methods(socket)).toEqual(['unsubscribe', 'subscribe'])
  socket.answer('unsubscribe', { type: 'result', topics: [] })
  const count = { ...settings, held: true }
  socket.answer('subscribe', {
    type: 'result',
    topics: [
      { topic: 't:A', ...count },
      { topic: 'u:*', ...count, heldCount: 1 },
    ],
  })
  say('t:A', 40)
  say('u:A', 41)
  expect(['t:A', 'u:A', 'u:B'].map((topic) => client.record(topic)?.seq)).toEqual([
    ...['40', '41', undefined],
  ])
  expect([all.gone, all.fault, client.stats.gaps]).toEqual([[{ topics: ['u:B'] }], [], 0])
  expect(client.isLive).toBe(true)
})

test('says what is delayed, on handles and updates', async () => {
  const { socket, client, handle } = startWithToken()
  const updates: unknown[] = []
  const every = client.subscribe(
    't:*',
    {},
    ({ topic, delayedMs }) => void updates.push([topic, delayedMs]),
  )
  expect([handle.delayedMs, every.delayedMs]).toEqual([0, 0])
  socket.greet('off')
  const settings = { mode: 'full', intervalMs: 0, held: true } as const
  socket.answer('subscribe', {
    type: 'result',
    topics: [
      { topic: 't:A', ...settings },
      { topic: 't:*', ...settings, heldCount: 2, delayedMs: 900_000 },
    ],
  })
  for (const topic of ['t:A', 't:B']) socket.say({ type: 'full', topic, seq: 1, data: {} })
  expect([handle.delayedMs, every.delayedMs]).toEqual([0, 900_000])
  // By its own name it comes as it is.
  expect(updates).toEqual([
    ['t:A', 0],
    ['t:B', 900_000],
  ])
  // Somebody who comes later knows as well.
  expect(client.subscribe('t:*', {}, () => {}).delayedMs).toBe(900_000)
})

test('a move says who it is again, and changes over when that is known', async () => {
  const { calls, token } = counting()
  const { socket, sockets, client, all, pass, last } = startWithToken({ token })
  socket.greet('required')
  await settle()
  identify(socket)
  socket.accept(0)
  socket.say({ type: 'goaway', reason: 'restart', reconnectMs: [0, 0] })
  await pass(0)
  expect(sockets).toHaveLength(2)
  last().greet('required', { server: 'other' })
  await settle()
  const request = last().requests.pop()!
  expect(identify(last(), 9_000)).toBe(calls[1])
  expect(socket.isClosed).toBe(false)
  expect(client.identity?.expiresAt).toBe(5_000)
  last().requests.push(request)
  last().accept(0)
  expect([socket.isClosed, client.state]).toEqual([true, 'open'])
  expect(client.identity?.expiresAt).toBe(9_000)
  expect(all.identity).toHaveLength(2)
})

test('a move whose token is refused for good leaves the old connection to its end', async () => {
  const { socket, sockets, client, all, last, pass } = startWithToken({ token: SECRET })
  socket.greet('required')
  identify(socket)
  socket.accept(0)
  socket.say({ type: 'goaway', reason: 'restart', reconnectMs: [0, 0] })
  await pass(0)
  last().greet('required')
  last().drop(BAD_TOKEN, 'bad_token')
  expect(all.fault).toMatchObject([{ name: 'move_failed' }])
  expect(client.state).toBe('open')
  await pass(5_000)
  expect(sockets).toHaveLength(2)
  client.close()
})
