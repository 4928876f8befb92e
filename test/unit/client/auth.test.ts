/**
 * Tokens: when they are sent, what comes of there being none and of their being refused, and that nobody is told of them.
 * Method: servers by hand, a clock by hand.
 */
import { expect, test } from 'vitest'
import { TickwireClientError } from '../../../src/client/index.ts'
import { faultBody } from '../../../src/protocol/faults.ts'
import { byHand } from '../../support/hand-socket.ts'
import { settle } from '../../support/manual-time.ts'
import {
  BAD_TOKEN,
  counting,
  identify,
  methods,
  SECRET,
  startWithToken,
} from '../../support/token-client.ts'

test.each(['required', 'anonymous'] as const)(
  'a text goes first, and requests right behind it (%s)',
  async (auth) => {
    const { socket, client, all } = startWithToken({ token: SECRET })
    expect(methods(socket)).toEqual([])
    socket.greet(auth)
    expect(methods(socket)).toEqual(['auth', 'subscribe'])
    expect(client.identity).toBeNull()
    expect(identify(socket)).toBe(SECRET)
    expect(client.identity).toEqual({ subject: 'desk-7', expiresAt: 5_000 })
    expect(all.identity).toEqual([{ subject: 'desk-7', expiresAt: 5_000 }])
    socket.drop(1006)
    expect(client.identity).toBeNull()
  },
)

test.each(['off', 'done'] as const)('no token where none is wanted (%s)', async (auth) => {
  const { calls, token } = counting()
  const { socket } = startWithToken({ token })
  socket.greet(auth)
  await settle()
  expect(methods(socket)).toEqual(['subscribe'])
  expect(calls).toEqual([])
})

test('without a token nothing is sent in its place', async () => {
  const { socket, handle, all } = startWithToken()
  socket.greet('required')
  expect(methods(socket)).toEqual(['subscribe'])
  const error = faultBody('auth_required')
  socket.answer('subscribe', { type: 'result', topics: [{ topic: 't:A', error }] })
  expect(handle.fault).toEqual(error)
  expect(all.fault).toMatchObject([{ name: 'auth_required', topic: 't:A' }])
})

test('a function is called for each connection, and requests wait for its token', async () => {
  const { calls, token } = counting()
  const { socket, last, client, pass } = startWithToken({ token })
  socket.greet('required')
  expect(methods(socket)).toEqual([])
  await settle()
  expect(methods(socket)).toEqual(['auth', 'subscribe'])
  expect(identify(socket)).toBe(calls[0])
  socket.drop(4003, 'auth_expired')
  expect(client.state).toBe('reconnecting')
  await pass(1_000)
  last().greet('required')
  await settle()
  expect(identify(last())).toBe(calls[1])
  expect(calls).toHaveLength(2)
})

test.each([
  { what: 'throws', token: () => Promise.reject(new Error('no network')) },
  {
    what: 'throws at once',
    token: () => {
      throw new Error('no network')
    },
  },
  { what: 'gives none', token: () => Promise.resolve('') },
  { what: 'gives no text', token: () => Promise.resolve({ token: SECRET } as never) },
  { what: 'gives none in time', token: () => new Promise<string>(() => {}), afterMs: 10_000 },
])(
  'a function that $what: it is told, and tried again with backoff',
  async ({ token, afterMs = 0 }) => {
    const { socket, sockets, client, all, pass } = startWithToken({ token })
    socket.greet('required')
    await settle()
    await pass(afterMs / 2)
    socket.say({ type: 'heartbeat', at: 0 })
    await pass(afterMs / 2)
    expect(all.fault).toMatchObject([{ name: 'token_failed', cause: expect.any(Error) }])
    expect(all.reconnecting).toMatchObject([{ reason: 'token_failed', attempt: 1 }])
    expect([socket.isClosed, methods(socket)]).toEqual([true, []])
    await pass(1_000)
    expect(sockets).toHaveLength(2)
    client.close()
  },
)

test('a client that is closed while it waits for a token sends none', async () => {
  const { calls, token } = counting()
  const { socket, client, time } = startWithToken({ token })
  socket.greet('required')
  client.close()
  await settle()
  expect([calls.length, methods(socket), time.timerCount]).toEqual([1, [], 0])
})

test('a text that is refused is the end', async () => {
  const { socket, sockets, client, all, pass } = startWithToken({ token: SECRET })
  socket.greet('required')
  socket.drop(BAD_TOKEN, 'bad_token')
  await pass(60_000)
  expect([client.state, sockets.length]).toEqual(['closed', 1])
  expect(all.close).toEqual([{ code: BAD_TOKEN, reason: 'bad_token', fault: 'bad_token' }])
})

test('a function is asked once more when its token is refused; twice in a row is the end', async () => {
  const { calls, token } = counting()
  const { last, client, all, pass, sockets } = startWithToken({ token })
  const refuse = async () => {
    last().greet('required')
    await settle()
    last().drop(BAD_TOKEN, 'bad_token')
    await pass(1_000)
  }
  await refuse()
  expect(all.reconnecting).toMatchObject([{ code: BAD_TOKEN, fault: 'bad_token' }])
  last().greet('required')
  await settle()
  // A good one in between, and it begins anew.
  identify(last())
  last().drop(1006)
  await pass(1_000)
  await refuse()
  expect(client.state).toBe('reconnecting')
  await refuse()
  await pass(60_000)
  expect([client.state, calls.length, sockets.length]).toEqual(['closed', 4, 4])
})

test.each([4002, 4003, 4004, 4005, 4006])('comes back after %i', async (code) => {
  const { socket, sockets, client, pass } = startWithToken({ token: SECRET })
  socket.greet('required')
  socket.drop(code)
  expect(client.state).toBe('reconnecting')
  await pass(1_000)
  expect(sockets).toHaveLength(2)
})

test.each([{ token: '' }, { token: 7 as never }, { token: null as never }])(
  'refuses what can give no token, with words',
  (options) => {
    expect(() => byHand(options)).toThrow(TickwireClientError)
  },
)
