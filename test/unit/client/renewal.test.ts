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

test('a server that says without end that it expires has one token fetched at a time', async () => {
  const { calls, token } = counting()
  const { socket, pass } = startWithToken({ token })
  socket.greet('required')
  await settle()
  identify(socket)
  socket.accept(0)
  const expiring = { type: 'auth_expiring', expiresAt: 5_000 } as const
  socket.say(...Array(100).fill(expiring))
  await settle()
  socket.say(...Array(100).fill(expiring))
  await settle()
  expect([calls.length, methods(socket)]).toEqual([2, ['auth']])
  socket.answer('auth', { type: 'error', ...faultBody('auth_unavailable') })
  socket.say(...Array(100).fill(expiring))
  await settle()
  expect(calls).toHaveLength(2)
  await pass(2_000)
  expect([calls.length, methods(socket)]).toEqual([3, ['auth']])
  identify(socket, 9_000)
  socket.say(expiring)
  await settle()
  expect(calls).toHaveLength(4) // another one, another time
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
  socket.accept(1, { delayedMs: 60_000 })
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
  expect([handle.delayedMs, every.delayedMs]).toEqual([0, 60_000])
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
  expect(client.subscribe('t:A', {}, () => {}).delayedMs).toBe(0)
  socket.accept(1)
  expect(handle.fault).toBeNull()
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

test('a move tells of what is refused then, and is wanted still', async () => {
  const { socket, client, all, last, pass } = startWithToken()
  socket.greet('off')
  await settle()
  socket.accept(0)
  socket.say({ type: 'goaway', reason: 'restart', reconnectMs: [0, 0] })
  await pass(0)
  const passing = ['t:B', 't:C'].map((topic) => client.subscribe(topic, {}, () => {}))
  last().greet('off')
  const error = faultBody('not_allowed')
  const refused = ['t:B', 't:C'].map((topic) => ({ topic, error }))
  const held = { topic: 't:A', mode: 'full', intervalMs: 0, held: true } as const
  last().answer('subscribe', { type: 'result', topics: [held, ...refused] })
  expect(passing.map(({ fault }) => fault)).toEqual([null, null])
  passing[0]!.unsubscribe()
  last().say({ type: 'full', topic: 't:A', seq: 1, data: {} })
  expect(socket.isClosed).toBe(true)
  expect(passing[1]!.fault).toEqual(error)
  expect(all.fault).toMatchObject([{ name: 'not_allowed', topic: 't:C' }])
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
