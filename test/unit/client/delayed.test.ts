/**
 * Delayed data: what is late is said to be, and what becomes so begins anew.
 * Method: servers by hand, a clock by hand.
 */
import { expect, test } from 'vitest'
import { settle } from '../../support/manual-time.ts'
import { counting, identify, methods, startWithToken } from '../../support/token-client.ts'

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
  const { socket, client, handle, pass } = startWithToken()
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
  const late = client.subscribe('t:*', {}, () => {})
  expect(late.delayedMs).toBe(900_000)
  for (const one of [late, every]) one.unsubscribe()
  await pass(1_000)
  // Whether it is so still, only the next answer tells.
  expect(client.subscribe('t:*', {}, () => {}).delayedMs).toBe(0)
})
