/**
 * What whole channels cost: goal: whoever asks for them again and again is refused before they have taken the event
 * loop from all others, and may go on with everything else. Method: a thousand topics, asked for in small requests that
 * the other limits allow.
 */
import { expect, test, vi } from 'vitest'
import { TOPICS_BURST, TOPICS_PER_S } from '../../../src/session/allowance.ts'
import { Fanout } from '../../support/fanout.ts'
import { TokenSessions } from '../../support/manual-verifier.ts'
import { TestSession } from '../../support/session.ts'

const TOPICS = 1_000
const NO_LIMITS = { requestsPerS: 1e6, requestsBurst: 1e6, requestBytesPerS: 1e9 }
const channel = { topics: ['t:*'] }
const tooMany = { type: 'error', name: 'too_many_requests', message: /whole channels/ }

function filled(delaysMs: readonly number[] = []): Fanout {
  const fanout = new Fanout(true, delaysMs)
  for (let i = 0; i < TOPICS; i++) fanout.update(`t:${i}`, { bid: '1' })
  return fanout
}

/** Whether an answer is the refusal of a whole channel. */
function isRefusal([answer]: ReturnType<TestSession['ask']>): boolean {
  return answer?.type === 'error' && answer.name === tooMany.name
}

/** How often it may ask before it is refused. */
function askUntilRefused(
  client: TestSession,
  ask: (turn: number) => ReturnType<TestSession['ask']>,
) {
  for (let turn = 0; turn < 2 * (TOPICS_BURST / TOPICS); turn++) {
    if (isRefusal(ask(turn))) return turn
    client.endTurn()
  }
  return Number.POSITIVE_INFINITY
}

test.each([
  { why: 'asked for again', methods: ['subscribe'] },
  { why: 'joined and left', methods: ['subscribe', 'unsubscribe'] },
  { why: 'listed', methods: ['subscribe', 'list', 'list', 'list'] },
])('a whole channel that is $why without end is refused, nothing else is', ({ methods }) => {
  const client = TestSession.opened({ limits: NO_LIMITS, fanout: filled() })
  const times = askUntilRefused(client, (turn) =>
    client.ask(methods[turn % methods.length]!, channel),
  )
  expect(times).toBe(TOPICS_BURST / TOPICS + 1) // the last one goes into debt
  expect(client.ask('subscribe', channel)).toMatchObject([
    { ...tooMany, message: expect.stringMatching(tooMany.message) },
  ])
  expect(client.ask('ping')).toMatchObject([{ type: 'pong' }])
  expect(client.ask('subscribe', { topics: ['t:1', 'other:*'] })).toMatchObject([
    { type: 'result' },
  ])
  expect(client.ask('unsubscribe', { topics: ['t:1', 'other:*'] })).toMatchObject([
    { type: 'result' },
  ])
  client.fanout.nowMs += (1_000 * TOPICS) / TOPICS_PER_S
  expect(client.ask('subscribe', channel)).toMatchObject([{ type: 'result' }])
  expect(client.outlet.closeCode).toBeNull()
})

test('tokens that come again and again count, where there is a whole channel to look at', async () => {
  const sessions = new TokenSessions({ limits: NO_LIMITS, fanout: filled() })
  const client = await sessions.known('alice', ['t:**'])
  const refreshed = () => sessions.refresh(client, ['t:**'])
  for (let i = 0; i < 5; i++) expect(await refreshed()).toMatchObject([{ type: 'result' }])
  askUntilRefused(client, () => client.ask('subscribe', channel))
  expect(client.ask('auth', { token: 'one more' })).toMatchObject([{ name: tooMany.name }])
  expect(sessions.verifier.tokens).toEqual([])
})

test('a token that says the same as the one before makes nobody look at topics', async () => {
  const sessions = new TokenSessions({ fanout: filled() })
  const client = await sessions.known('alice', ['t:**'])
  client.ask('subscribe', channel)
  client.endTurn()
  const same = sessions.verifier.identity('alice', ['t:**'])
  const asked = vi.spyOn(same.entitlements, 'delayMsOf')
  vi.spyOn(sessions.verifier, 'verify').mockResolvedValue(same)
  client.ask('auth', { token: 'newer' })
  await vi.waitFor(() => expect(client.read()).toMatchObject([{ type: 'result', topics: [] }]))
  expect(asked.mock.calls.length).toBeGreaterThanOrEqual(TOPICS) // another object: all are looked at
  asked.mockClear()
  client.ask('auth', { token: 'newest' })
  await vi.waitFor(() => expect(client.read()).toMatchObject([{ type: 'result', topics: [] }]))
  expect(asked).not.toHaveBeenCalled()
})

test.each([
  { what: 'of another channel', topics: ['u:**'] },
  { what: 'before its time', topics: [{ topic: 't:**', delayMs: 1_000 }] },
])(
  'what may not be read, $what, is not counted: nothing tells how much it is',
  async ({ topics }) => {
    const sessions = new TokenSessions({ limits: NO_LIMITS, fanout: filled([1_000]) })
    const client = await sessions.known('alice', topics)
    const times = askUntilRefused(client, () => client.ask('subscribe', channel))
    expect(times).toBe(Number.POSITIVE_INFINITY)
  },
)
