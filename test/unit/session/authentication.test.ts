/**
 * Tokens in the first request: who is let in, what waits meanwhile, and how it ends.
 */
import { expect, test } from 'vitest'
import { TokenSessions } from '../../support/manual-verifier.ts'
import { LIMITS, TestSession } from '../../support/session.ts'

test.each([
  { what: 'nothing public', publicTopics: [], state: 'required' },
  { what: 'something public', publicTopics: ['d:**'], state: 'anonymous' },
])('hello says where it stands without a token: $what', ({ publicTopics, state }) => {
  const sessions = new TokenSessions({ publicTopics })
  expect(sessions.open().read()).toMatchObject([{ type: 'hello', auth: state }])
})

test('a good token is answered with whose it is and until when it serves', async () => {
  const sessions = new TokenSessions()
  const client = sessions.opened()
  expect(client.ask('auth', { token: 'good' })).toEqual([])
  expect(sessions.verifier.tokens).toEqual(['good'])
  await sessions.verifier.accept('alice', ['t:*'], 5_000_000)
  expect(client.read()).toEqual([
    { type: 'result', id: 1, subject: 'alice', expiresAt: 5_000_000, topics: [] },
  ])
  expect(client.ask('subscribe', { topics: ['t:A', 'u:A'] })).toMatchObject([
    {
      topics: [
        { topic: 't:A', held: false },
        { topic: 'u:A', error: { name: 'not_allowed' } },
      ],
    },
  ])
})

test('with tokens off, auth is answered, and nobody becomes anybody', () => {
  const client = TestSession.opened()
  expect(client.ask('auth', { token: 'any' })).toEqual([{ type: 'result', id: 1, topics: [] }])
})

test.each([
  { fault: 'bad_token', code: 4502 },
  { fault: 'auth_unavailable', code: 4005 },
] as const)(
  'a first token that is refused ($fault) ends the connection',
  async ({ fault, code }) => {
    const sessions = new TokenSessions({ publicTopics: ['d:**'] })
    const client = sessions.opened()
    client.ask('auth', { token: 'bad' })
    client.ask('ping')
    await sessions.verifier.refuse(fault)
    expect(client.read()).toMatchObject([{ type: 'error', id: 1, name: fault }])
    expect(client.outlet.closeCode).toBe(code)
    expect(client.outlet.sentAfterClose).toBe(0)
    expect(sessions.deadlines.size).toBe(0)
  },
)

test('what comes while a token is checked waits, and is answered in order', async () => {
  const sessions = new TokenSessions()
  const client = sessions.opened()
  client.fanout.update('t:A', { bid: '1' })
  client.fanout.endTurn()
  client.ask('auth', { token: 'good' })
  const frame = Buffer.from('{"id":2,"method":"subscribe","params":{"topics":["t:A"]}}')
  client.session.receive(frame, false)
  frame.fill(0) // the socket's buffer is used again
  expect(client.send('?')).toEqual([])
  expect(client.ask('ping')).toEqual([])
  await sessions.verifier.accept('alice', ['t:A'])
  expect(client.read()).toMatchObject([
    { type: 'result', id: 1, subject: 'alice' },
    { type: 'result', id: 2, topics: [{ topic: 't:A', held: true }] },
    { type: 'error', name: 'bad_request' },
    { type: 'pong', id: 2 },
  ])
  expect(client.endTurn()).toMatchObject([{ type: 'full', topic: 't:A' }])
})

test('tokens are checked one after the other', async () => {
  const sessions = new TokenSessions()
  const client = sessions.opened()
  client.ask('auth', { token: 'one' })
  client.ask('auth', { token: 'two' })
  client.ask('ping')
  expect(sessions.verifier.tokens).toEqual(['one'])
  await sessions.verifier.accept('alice', [])
  expect(client.read()).toMatchObject([{ id: 1, type: 'result' }])
  expect(sessions.verifier.tokens).toEqual(['two'])
  expect(client.ask('ping')).toEqual([])
  await sessions.verifier.accept('alice', [])
  expect(client.read()).toMatchObject([{ id: 2 }, { id: 3, type: 'pong' }, { id: 4, type: 'pong' }])
})

test('answers to probes do not wait', async () => {
  const sessions = new TokenSessions({ publicTopics: ['d:**'] })
  const client = sessions.opened()
  client.fanout.update('d:A', { bid: '1' })
  client.ask('subscribe', { topics: ['d:A'] })
  client.ask('auth', { token: 'good' })
  // Reading answers probes.
  expect(client.endTurn()).toMatchObject([{ type: 'full' }])
  expect(client.counters.unaskedPongs).toBe(0)
})

test('more than a few frames do not wait', () => {
  const limits = { requestsBurst: 1_000, requestsPerS: 1_000, requestBytes: 10_000 }
  const sessions = new TokenSessions({ limits })
  const client = sessions.opened()
  client.ask('auth', { token: 'slow' })
  for (let i = 0; i < 64; i++) client.ask('ping')
  expect(client.outlet.closeCode).toBeNull()
  client.ask('ping')
  expect(client.outlet.closeCode).toBe(4002)
})

test('nor do more bytes than one request may have', () => {
  const client = new TokenSessions().opened()
  client.ask('auth', { token: 'slow' })
  const half = `{"id":1,"method":"ping"}${' '.repeat(LIMITS.requestBytes / 2)}`
  client.send(half)
  expect(client.outlet.closeCode).toBeNull()
  client.send(half)
  expect(client.outlet.closeCode).toBe(4002)
})

test('bytes are free again once their frames have been taken up', async () => {
  const sessions = new TokenSessions()
  const client = sessions.opened()
  const long = `{"id":1,"method":"ping"}${' '.repeat(LIMITS.requestBytes - 50)}`
  for (let round = 0; round < 3; round++) {
    client.ask('auth', { token: 'slow' })
    client.send(long)
    await sessions.verifier.accept('alice', [])
    expect(client.read()).toMatchObject([{ type: 'result' }, { type: 'pong' }])
  }
})

test('a connection that ends while its token is checked leaves nothing', async () => {
  const sessions = new TokenSessions({ connectionsPerIdentity: 1 })
  const client = sessions.opened()
  client.ask('auth', { token: 'late' })
  client.ask('subscribe', { topics: ['t:A'] })
  client.session.end()
  await sessions.verifier.accept('alice', ['**'])
  expect(client.read()).toEqual([])
  expect([sessions.deadlines.size, sessions.roster.size]).toEqual([0, 0])
  expect(client.fanout.registry.subscriptionCount).toBe(0)
  expect([...client.fanout.registry.lanes]).toEqual([])
})

test('the same where the token turns out to be bad', async () => {
  const sessions = new TokenSessions()
  const client = sessions.opened()
  client.ask('auth', { token: 'late' })
  client.session.end()
  await sessions.verifier.refuse('bad_token')
  expect(client.read()).toEqual([])
  expect(client.outlet.closeCode).toBeNull()
})

test('bad tokens cost allowance, and a flood of them the connection', async () => {
  const sessions = new TokenSessions()
  const client = await sessions.known('alice', [])
  for (let i = 0; i < 2 * LIMITS.requestsBurst; i++) {
    client.ask('auth', { token: 'bad' })
    if (sessions.verifier.tokens.length > 0) await sessions.verifier.refuse('bad_token')
  }
  expect(client.outlet.closeCode).toBe(4002)
})

test('an auth that is malformed is a bad request, and checks nothing', () => {
  const sessions = new TokenSessions()
  const client = sessions.opened()
  for (const params of [{}, { token: 7 }, { token: 'x'.repeat(8_193) }]) {
    const text = JSON.stringify({ id: 1, method: 'auth', params })
    if (text.length <= LIMITS.requestBytes) {
      expect(client.send(text)).toMatchObject([{ type: 'error', name: 'bad_request' }])
    }
  }
  expect(sessions.verifier.tokens).toEqual([])
})

test.each(['in a request', 'in the handshake'])(
  'a subject has so many connections, by tokens %s',
  async (how) => {
    const sessions = new TokenSessions({ connectionsPerIdentity: 2 })
    const enter = async (subject: string) => {
      if (how === 'in a request') return sessions.known(subject, [])
      return sessions.arrived(subject, [])
    }
    const [first, second, third] = [
      await enter('alice'),
      await enter('alice'),
      await enter('alice'),
    ]
    expect([first, second, third].map(({ outlet }) => outlet.closeCode)).toEqual([null, null, 4006])
    expect((await enter('bob')).outlet.closeCode).toBeNull()
    first!.session.end()
    expect((await enter('alice')).outlet.closeCode).toBeNull()
    expect((await enter('alice')).outlet.closeCode).toBe(4006)
  },
)

test('a subject that is gone is not remembered', async () => {
  const sessions = new TokenSessions({ connectionsPerIdentity: 1 })
  for (const subject of ['a', 'b', 'c']) {
    const client = await sessions.known(subject, [])
    await sessions.refresh(client, [], subject)
    client.session.end()
  }
  expect(sessions.roster.size).toBe(0)
})
