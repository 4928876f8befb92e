/**
 * Tokens of handshakes: the client is greeted once its token has been found good, and is nobody before.
 */
import { expect, test } from 'vitest'
import { publish, TokenSessions } from '../../support/manual-verifier.ts'
import { LIMITS, type TestSession } from '../../support/session.ts'

test('a token of the handshake: nothing is said, and nobody is there, before it has been checked', async () => {
  const sessions = new TokenSessions()
  const client = sessions.arriving()
  const { lanes } = client.fanout.registry
  publish(client, 't:A')
  expect(sessions.verifier.tokens).toEqual(['first'])
  expect(client.ask('subscribe', { topics: ['t:A'] })).toEqual([])
  expect(lanes.size).toBe(0)
  await sessions.verifier.accept('alice', ['t:A'])
  expect(client.read()).toMatchObject([
    { type: 'hello', auth: 'done' },
    { type: 'result', id: 1, topics: [{ topic: 't:A', held: true }] },
  ])
  expect(lanes.size).toBe(1)
  expect(client.endTurn()).toMatchObject([{ type: 'full', topic: 't:A' }])
})

test.each([
  { fault: 'bad_token', code: 4502 },
  { fault: 'auth_unavailable', code: 4005 },
] as const)(
  'a token of the handshake that is refused ($fault) ends the connection without a greeting',
  async ({ fault, code }) => {
    const sessions = new TokenSessions({ publicTopics: ['d:**'] })
    const client = sessions.arriving()
    client.ask('subscribe', { topics: ['d:A'] })
    await sessions.verifier.refuse(fault)
    expect(client.read()).toMatchObject([{ type: 'error', id: null, name: fault }])
    expect(client.outlet.closeCode).toBe(code)
    expect(client.outlet.sentAfterClose).toBe(0)
    expect(sessions.deadlines.size).toBe(0)
  },
)

test('a client that goes while the token of its handshake is checked leaves nothing', async () => {
  const sessions = new TokenSessions({ connectionsPerIdentity: 1 })
  const [gone, bad] = [sessions.arriving(), sessions.arriving()]
  for (const client of [gone, bad]) client.session.end()
  await sessions.verifier.accept('alice', ['t:*'])
  await sessions.verifier.refuse('bad_token')
  for (const client of [gone, bad]) expect(client.read()).toEqual([])
  const { lanes } = gone.fanout.registry
  expect(lanes.size).toBe(0)
  expect([sessions.roster.size, sessions.deadlines.size]).toEqual([0, 0])
})

const GARBAGE = Buffer.from('?')

test.each<{ what: string; code: number; happens: (client: TestSession) => void }>([
  {
    what: 'a frame that is too large',
    code: 1009,
    happens: ({ session }) => session.receive(new Uint8Array(LIMITS.requestBytes + 1), false),
  },
  {
    what: 'more requests than wait',
    code: 4002,
    happens: ({ session }) => {
      for (let i = 0; i < 100; i++) session.receive(GARBAGE, false)
    },
  },
  {
    what: 'pongs without end',
    code: 4002,
    happens: ({ session }) => {
      for (let i = 0; i < 100; i++) session.answered(i, 4)
    },
  },
])('before its token has been checked: $what', async ({ code, happens }) => {
  const sessions = new TokenSessions()
  const client = sessions.arriving()
  happens(client)
  expect(client.outlet.closeCode).toBe(code)
  expect(sessions.arrivals.size).toBe(0)
  await sessions.verifier.accept('alice', ['t:*'])
  expect(client.read()).toEqual([])
  expect(client.outlet.sentAfterClose).toBe(0)
})

test('whose token is checked for long is not late with it', async () => {
  const sessions = new TokenSessions()
  const client = sessions.arriving()
  sessions.deadlines.sweep(10 * LIMITS.authTimeoutMs, 0)
  await sessions.verifier.accept('alice', ['t:*'])
  sessions.deadlines.sweep(11 * LIMITS.authTimeoutMs, 0)
  expect(client.read()).toMatchObject([{ type: 'hello', auth: 'done' }])
  expect(client.outlet.closeCode).toBeNull()
})

test('a newer token among what waits is checked in its turn', async () => {
  const sessions = new TokenSessions()
  const client = sessions.arriving()
  client.ask('auth', { token: 'second' })
  client.ask('ping')
  await sessions.verifier.accept('alice', ['t:A'])
  expect(sessions.verifier.tokens).toEqual(['second'])
  await sessions.verifier.accept('alice', ['t:B'])
  const answers = [{ type: 'hello' }, { type: 'result', id: 1 }, { type: 'pong', id: 2 }]
  expect(client.read()).toMatchObject(answers)
})

test('those whose token is being checked are known until it has been, and can be sent away', async () => {
  const sessions = new TokenSessions()
  const [first, second] = [sessions.arriving(), sessions.arriving()]
  expect(sessions.arrivals.size).toBe(2)
  await sessions.verifier.accept('alice', [])
  expect([...sessions.arrivals]).toEqual([second.session])
  second.session.close('restart')
  await sessions.verifier.accept('bob', [])
  expect(first.outlet.closeCode).toBeNull()
  expect([second.read(), second.outlet.closeCode]).toEqual([[], 1012])
  expect(sessions.arrivals.size).toBe(0)
})

test('a token of the handshake whose subject has its connections already', async () => {
  const sessions = new TokenSessions({ connectionsPerIdentity: 1 })
  await sessions.known('alice', ['t:*'])
  const client = sessions.arriving()
  await sessions.verifier.accept('alice', ['t:*'])
  expect(client.read()).toEqual([])
  expect(client.outlet.closeCode).toBe(4006)
  expect(sessions.roster.size).toBe(1)
})
