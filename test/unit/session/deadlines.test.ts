/**
 * Ends of tokens: the notice, the close, and tokens that never come; on clocks that a test moves, one of which steps.
 */
import { expect, test } from 'vitest'
import { NOTICE_MS, TokenSessions } from '../../support/manual-verifier.ts'
import { LIMITS, TestSession } from '../../support/session.ts'

const END_MS = 1_700_000_000_000

test('tells a client once before its token ends, and closes it after', async () => {
  const sessions = new TokenSessions()
  const client = await sessions.known('alice', [], END_MS)
  sessions.deadlines.sweep(0, END_MS - NOTICE_MS - 1)
  expect(client.read()).toEqual([])
  for (const beforeMs of [NOTICE_MS, NOTICE_MS - 1_000, 0, -4_999]) {
    sessions.deadlines.sweep(0, END_MS - beforeMs)
  }
  expect(client.read()).toEqual([{ type: 'auth_expiring', expiresAt: END_MS }])
  expect(client.outlet.closeCode).toBeNull()
  sessions.deadlines.sweep(0, END_MS + 5_000)
  expect(client.outlet.closeCode).toBe(4003)
  expect(sessions.deadlines.size).toBe(0)
})

test('a newer token goes on without a break, and has a notice of its own', async () => {
  const sessions = new TokenSessions()
  const client = await sessions.known('alice', ['t:A'], END_MS)
  client.ask('subscribe', { topics: ['t:A'] })
  sessions.deadlines.sweep(0, END_MS - NOTICE_MS)
  client.read()
  await sessions.refresh(client, ['t:A'], 'alice', END_MS + 3_600_000)
  sessions.deadlines.sweep(0, END_MS + 60_000)
  expect(client.read()).toEqual([])
  expect(client.outlet.closeCode).toBeNull()
  sessions.deadlines.sweep(0, END_MS + 3_600_000 - NOTICE_MS)
  expect(client.read()).toMatchObject([{ type: 'auth_expiring', expiresAt: END_MS + 3_600_000 }])
})

test('a wall clock that is set back tells nobody twice, and one set forward closes', async () => {
  const sessions = new TokenSessions()
  const client = await sessions.known('alice', [], END_MS)
  sessions.deadlines.sweep(0, END_MS - 1_000)
  sessions.deadlines.sweep(1_000, END_MS - 7_200_000)
  sessions.deadlines.sweep(2_000, END_MS - 1_000)
  expect(client.read()).toHaveLength(1)
  sessions.deadlines.sweep(3_000, END_MS + 86_400_000)
  expect(client.outlet.closeCode).toBe(4003)
})

test('a token of the handshake ends as well', async () => {
  const sessions = new TokenSessions()
  const client = await sessions.arrived('alice', [], END_MS)
  sessions.deadlines.sweep(0, END_MS + 5_000)
  expect(client.outlet.closeCode).toBe(4003)
})

test('a client that owes a token is closed, however the wall clock steps', () => {
  const sessions = new TokenSessions()
  const client = sessions.opened()
  sessions.deadlines.sweep(LIMITS.authTimeoutMs - 1, END_MS + 86_400_000)
  expect(client.outlet.closeCode).toBeNull()
  sessions.deadlines.sweep(LIMITS.authTimeoutMs, 0)
  expect(client.outlet.closeCode).toBe(4004)
  expect(sessions.deadlines.size).toBe(0)
})

test('while its token is checked nobody is late', async () => {
  const sessions = new TokenSessions()
  const client = sessions.opened()
  client.ask('auth', { token: 'slow' })
  sessions.deadlines.sweep(LIMITS.authTimeoutMs, 0)
  expect(client.outlet.closeCode).toBeNull()
  await sessions.verifier.accept('alice', [])
  expect(client.read()).toMatchObject([{ type: 'result' }])
})

test('whom nothing is asked of is not looked at', () => {
  const anonymous = new TokenSessions({ publicTopics: ['d:**'] })
  const client = anonymous.opened()
  expect(anonymous.deadlines.size).toBe(0)
  anonymous.deadlines.sweep(1e9, 1e15)
  expect(client.outlet.closeCode).toBeNull()
  expect(TestSession.opened().outlet.closeCode).toBeNull()
})

test('who is gone is not looked at', async () => {
  const sessions = new TokenSessions()
  const known = await sessions.known('alice', [], END_MS)
  const owing = sessions.opened()
  expect(sessions.deadlines.size).toBe(2)
  known.session.end()
  owing.session.end()
  expect(sessions.deadlines.size).toBe(0)
})
