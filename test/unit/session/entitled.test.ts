/**
 * What a session may read: each topic is asked for before anything tells whether it is there, a whole channel gives only
 * what is allowed, and another token changes what was subscribed to.
 */
import { expect, test } from 'vitest'
import { TokenSessions } from '../../support/manual-verifier.ts'
import type { TestSession } from '../../support/session.ts'

function publish(client: TestSession, ...topics: string[]): void {
  for (const topic of topics) client.fanout.update(topic, { bid: '1' })
}

/** The topics of what was sent. */
function sent(client: TestSession): string[] {
  return client
    .endTurn()
    .filter(({ type }) => type === 'full' || type === 'delta')
    .map(({ topic }) => topic as string)
    .sort()
}

const refusal = (topic: string, name: string) => ({
  topic,
  error: expect.objectContaining({ name }),
})

test('without a token: what is public; the rest needs one, whether it is there or not', () => {
  const client = new TokenSessions({ publicTopics: ['d:**'] }).opened()
  publish(client, 'd:A', 't:A')
  const topics = ['d:A', 't:A', 't:NONE', 'd:*']
  expect(client.ask('subscribe', { topics })).toMatchObject([
    {
      topics: [
        { topic: 'd:A', held: true },
        refusal('t:A', 'auth_required'),
        refusal('t:NONE', 'auth_required'),
        { topic: 'd:*', held: true, heldCount: 1 },
      ],
    },
  ])
  expect(client.ask('subscribe', { topics: ['t:*'] })).toMatchObject([
    { topics: [refusal('t:*', 'auth_required')] },
  ])
  expect(sent(client)).toEqual(['d:A'])
  publish(client, 't:A', 't:B')
  expect(sent(client)).toEqual([])
})

test('a refusal does not tell whether a topic is there', async () => {
  const client = await new TokenSessions().known('alice', ['t:A'])
  publish(client, 't:SECRET')
  const [there] = client.ask('subscribe', { topics: ['t:SECRET'] })
  const [missing] = client.ask('subscribe', { topics: ['t:NOTHING'] })
  const without = (message: object) => JSON.stringify({ ...message, id: 0 }).replace(/t:\w+/g, '')
  expect(without(there!)).toBe(without(missing!))
  const asked = ['t:SECRET', 't:NOTHING'].map((topic) =>
    without(client.ask('unsubscribe', { topics: [topic] })[0]!),
  )
  expect(asked[0]).toBe(asked[1])
  expect(client.fanout.market.find('t:NOTHING')).toBeUndefined()
})

test('a refused topic is no subscription', async () => {
  const client = await new TokenSessions().known('alice', [])
  client.ask('subscribe', { topics: ['t:A', 't:B', 't:C', 't:*'] })
  expect(client.ask('list')).toMatchObject([{ topics: [] }])
  expect(client.peer.lane.subscriptionCount).toBe(0)
  expect(client.counters.faults.not_allowed).toBe(4)
})

test('a whole channel gives what is allowed, topics to come included, and counts nothing else', async () => {
  const client = await new TokenSessions().known('alice', ['t:A*', 't:x:**'])
  publish(client, 't:A1', 't:B1', 't:x:y')
  expect(client.ask('subscribe', { topics: ['t:*'] })).toMatchObject([
    { topics: [{ topic: 't:*', held: true, heldCount: 2 }] },
  ])
  expect(sent(client)).toEqual(['t:A1', 't:x:y'])
  publish(client, 't:A1', 't:A2', 't:B1', 't:B2')
  expect(sent(client)).toEqual(['t:A1', 't:A2'])
  publish(client, 't:A2', 't:B2')
  expect(sent(client)).toEqual(['t:A2'])
  expect(client.ask('list')).toMatchObject([{ topics: [{ topic: 't:*', heldCount: 3 }] }])
})

test('of a channel that holds nothing allowed yet, nothing is held', async () => {
  const client = await new TokenSessions().known('alice', ['t:A'])
  publish(client, 't:B')
  expect(client.ask('subscribe', { topics: ['t:*', 'u:*'] })).toMatchObject([
    { topics: [{ topic: 't:*', held: false, heldCount: 0 }, refusal('u:*', 'not_allowed')] },
  ])
})

test('a name that is unsubscribed lives on through its channel only where that is allowed', async () => {
  const client = await new TokenSessions().known('alice', ['t:A'])
  client.ask('subscribe', { topics: ['t:*', 't:A'] })
  expect(client.ask('unsubscribe', { topics: ['t:A'] })).toMatchObject([
    { topics: [{ topic: 't:A', coveredBy: 't:*' }] },
  ])
  expect(client.ask('unsubscribe', { topics: ['t:B'] })).toMatchObject([
    { topics: [{ error: { name: 'not_subscribed', message: 'not subscribed to this topic' } }] },
  ])
})

test('a refresh that allows less ends what is lost, and no data of it comes', async () => {
  const sessions = new TokenSessions()
  const client = await sessions.known('alice', ['t:**', 'u:**'])
  publish(client, 't:A', 't:B', 'u:A')
  client.ask('subscribe', { topics: ['t:A', 't:B', 'u:*'] })
  sent(client)
  publish(client, 't:A', 't:B', 'u:A') // pending as the token comes
  const [result] = await sessions.refresh(client, ['t:A'])
  expect(result).toMatchObject({ type: 'result', subject: 'alice' })
  expect(result!.topics).toHaveLength(2)
  expect(result!.topics).toEqual(
    expect.arrayContaining([refusal('t:B', 'not_allowed'), refusal('u:*', 'not_allowed')]),
  )
  expect(sent(client)).toEqual(['t:A'])
  publish(client, 't:A', 't:B', 'u:A', 'u:B')
  expect(sent(client)).toEqual(['t:A'])
  expect(client.ask('list')).toMatchObject([{ topics: [{ topic: 't:A' }] }])
})

test('what is lost of a whole channel is told of by name', async () => {
  const sessions = new TokenSessions()
  const client = await sessions.known('alice', ['t:**'])
  publish(client, 't:A', 't:B')
  client.ask('subscribe', { topics: ['t:*'] })
  sent(client)
  expect(await sessions.refresh(client, ['t:A'])).toMatchObject([
    { topics: [{ topic: 't:*', held: true, heldCount: 1 }, refusal('t:B', 'not_allowed')] },
  ])
  publish(client, 't:A', 't:B', 't:C')
  expect(sent(client)).toEqual(['t:A'])
})

test('where more is lost than a connection may subscribe to, the whole channel ends', async () => {
  const sessions = new TokenSessions({ limits: { subscriptions: 2 } })
  const client = await sessions.known('alice', ['t:**'])
  publish(client, 't:A', 't:B', 't:C', 't:D')
  client.ask('subscribe', { topics: ['t:*', 't:A'] })
  sent(client)
  expect(await sessions.refresh(client, ['t:A'])).toMatchObject([
    { topics: [refusal('t:*', 'not_allowed')] },
  ])
  publish(client, 't:A', 't:B')
  expect(sent(client)).toEqual(['t:A'])
})

test('a name that is lost does not live on through its channel', async () => {
  const sessions = new TokenSessions()
  const client = await sessions.known('alice', ['t:**'])
  publish(client, 't:A', 't:B')
  client.ask('subscribe', { topics: ['t:*', 't:B'] })
  sent(client)
  const [result] = await sessions.refresh(client, ['t:A'])
  expect(result!.topics).toContainEqual(refusal('t:B', 'not_allowed'))
  publish(client, 't:A', 't:B')
  expect(sent(client)).toEqual(['t:A'])
})

test('a refresh that allows more begins what is gained of a whole channel', async () => {
  const sessions = new TokenSessions()
  const client = await sessions.known('alice', ['t:A'])
  publish(client, 't:A', 't:B')
  client.ask('subscribe', { topics: ['t:*'] })
  expect(sent(client)).toEqual(['t:A'])
  expect(await sessions.refresh(client, ['t:**'])).toMatchObject([
    { topics: [{ topic: 't:*', heldCount: 2 }] },
  ])
  expect(sent(client)).toEqual(['t:B'])
  publish(client, 't:C')
  expect(sent(client)).toEqual(['t:C'])
})

test('a refresh that changes nothing says so, and sends nothing again', async () => {
  const sessions = new TokenSessions()
  const client = await sessions.known('alice', ['t:**'])
  publish(client, 't:A', 't:B')
  client.ask('subscribe', { topics: ['t:*', 't:A'] })
  sent(client)
  expect(await sessions.refresh(client, ['**'])).toMatchObject([{ topics: [] }])
  expect(sent(client)).toEqual([])
  publish(client, 't:A')
  expect(sent(client)).toEqual(['t:A'])
})

test('a first token adds to what was public', async () => {
  const sessions = new TokenSessions({ publicTopics: ['t:A'] })
  const client = sessions.opened()
  publish(client, 't:A', 't:B')
  client.ask('subscribe', { topics: ['t:*'] })
  expect(sent(client)).toEqual(['t:A'])
  expect(await sessions.refresh(client, ['t:B'])).toMatchObject([
    { subject: 'alice', topics: [{ topic: 't:*', heldCount: 2 }] },
  ])
  expect(sent(client)).toEqual(['t:B'])
})

test.each([
  { what: 'of another subject', subject: 'bob', reason: 'other_subject' },
  { what: 'that is bad', subject: null, reason: null },
])('a refresh $what changes nothing', async ({ subject, reason }) => {
  const sessions = new TokenSessions()
  const client = await sessions.known('alice', ['t:**'], 5_000_000)
  client.ask('subscribe', { topics: ['t:A'] })
  client.ask('auth', { token: 'other' })
  if (subject === null) await sessions.verifier.refuse('bad_token')
  else await sessions.verifier.accept(subject, [], 9_000_000)
  expect(client.read()).toMatchObject([{ type: 'error', id: 3, name: 'bad_token' }])
  expect(client.outlet.closeCode).toBeNull()
  publish(client, 't:A')
  expect(sent(client)).toEqual(['t:A'])
  expect(sessions.access.failures.other_subject).toBe(reason === null ? 0 : 1)
  // The end of the one before still holds.
  sessions.deadlines.sweep(0, 5_005_000)
  expect(client.outlet.closeCode).toBe(4003)
})

test('a refresh that cannot be checked changes nothing', async () => {
  const sessions = new TokenSessions()
  const client = await sessions.known('alice', ['t:**'])
  client.ask('auth', { token: 'newer' })
  await sessions.verifier.refuse('auth_unavailable')
  expect(client.read()).toMatchObject([{ type: 'error', name: 'auth_unavailable' }])
  expect(client.outlet.closeCode).toBeNull()
})

test('a delay that is not kept is not allowed, with words for whoever runs the server', async () => {
  const client = await new TokenSessions().known('alice', [{ topic: 't:**', delayMs: 900_000 }])
  const [result] = client.ask('subscribe', { topics: ['t:A', 't:*'] })
  const why = expect.stringContaining('TICKWIRE_DELAYS_MS')
  const error = expect.objectContaining({ name: 'not_allowed', message: why })
  expect(result!.topics).toEqual([
    { topic: 't:A', error },
    { topic: 't:*', error },
  ])
})
