/**
 * What another token makes of a session's subscriptions: what is lost ends, what is gained begins, what is read with
 * another delay moves.
 */
import { expect, test } from 'vitest'
import { Fanout } from '../../support/fanout.ts'
import { pass, publish, sentTopics, TokenSessions } from '../../support/manual-verifier.ts'

const refusal = (topic: string, name: string) => ({
  topic,
  error: expect.objectContaining({ name }),
})

const DELAY_MS = 10_000
const delayed = (topic: string, delayMs = DELAY_MS) => ({ topic, delayMs })
const withDelays = () => new TokenSessions({ fanout: new Fanout(true, [DELAY_MS]) })

test('a refresh that allows less ends what is lost, and no data of it comes', async () => {
  const sessions = new TokenSessions()
  const client = await sessions.known('alice', ['t:**', 'u:**'])
  publish(client, 't:A', 't:B', 'u:A')
  client.ask('subscribe', { topics: ['t:A', 't:B', 'u:*'] })
  sentTopics(client)
  publish(client, 't:A', 't:B', 'u:A') // pending as the token comes
  const [result] = await sessions.refresh(client, ['t:A'])
  expect(result).toMatchObject({ type: 'result', subject: 'alice' })
  expect(result!.topics).toHaveLength(2)
  expect(result!.topics).toEqual(
    expect.arrayContaining([refusal('t:B', 'not_allowed'), refusal('u:*', 'not_allowed')]),
  )
  expect(sentTopics(client)).toEqual(['t:A'])
  publish(client, 't:A', 't:B', 'u:A', 'u:B')
  expect(sentTopics(client)).toEqual(['t:A'])
  expect(client.ask('list')).toMatchObject([{ topics: [{ topic: 't:A' }] }])
})

test('what is lost of a whole channel is told of by name', async () => {
  const sessions = new TokenSessions()
  const client = await sessions.known('alice', ['t:**'])
  publish(client, 't:A', 't:B')
  client.ask('subscribe', { topics: ['t:*'] })
  sentTopics(client)
  expect(await sessions.refresh(client, ['t:A'])).toMatchObject([
    { topics: [{ topic: 't:*', held: true, heldCount: 1 }, refusal('t:B', 'not_allowed')] },
  ])
  publish(client, 't:A', 't:B', 't:C')
  expect(sentTopics(client)).toEqual(['t:A'])
})

test('where more is lost than a connection may subscribe to, the whole channel ends', async () => {
  const sessions = new TokenSessions({ limits: { subscriptions: 2 } })
  const client = await sessions.known('alice', ['t:**'])
  publish(client, 't:A', 't:B', 't:C', 't:D')
  client.ask('subscribe', { topics: ['t:*', 't:A'] })
  sentTopics(client)
  expect(await sessions.refresh(client, ['t:A'])).toMatchObject([
    { topics: [refusal('t:*', 'not_allowed')] },
  ])
  publish(client, 't:A', 't:B')
  expect(sentTopics(client)).toEqual(['t:A'])
})

test('however many channels there are, no more is told of', async () => {
  const sessions = new TokenSessions({ limits: { subscriptions: 3 } })
  const client = await sessions.known('alice', ['**'])
  publish(client, 't:A', 't:B', 'u:A', 'u:B', 'u:C')
  client.ask('subscribe', { topics: ['t:*', 'u:*'] })
  const [result] = await sessions.refresh(client, ['t:A', 'u:A'])
  expect(result!.topics).toEqual([
    expect.objectContaining({ topic: 't:*', heldCount: 1 }),
    refusal('t:B', 'not_allowed'),
    refusal('u:*', 'not_allowed'),
  ])
})

test('a name that is lost does not live on through its channel', async () => {
  const sessions = new TokenSessions()
  const client = await sessions.known('alice', ['t:**'])
  publish(client, 't:A', 't:B')
  client.ask('subscribe', { topics: ['t:*', 't:B'] })
  sentTopics(client)
  const [result] = await sessions.refresh(client, ['t:A'])
  expect(result!.topics).toContainEqual(refusal('t:B', 'not_allowed'))
  publish(client, 't:A', 't:B')
  expect(sentTopics(client)).toEqual(['t:A'])
})

test('a refresh that allows more begins what is gained of a whole channel', async () => {
  const sessions = new TokenSessions()
  const client = await sessions.known('alice', ['t:A'])
  publish(client, 't:A', 't:B')
  client.ask('subscribe', { topics: ['t:*'] })
  expect(sentTopics(client)).toEqual(['t:A'])
  expect(await sessions.refresh(client, ['t:**'])).toMatchObject([
    { topics: [{ topic: 't:*', heldCount: 2 }] },
  ])
  expect(sentTopics(client)).toEqual(['t:B'])
  publish(client, 't:C')
  expect(sentTopics(client)).toEqual(['t:C'])
})

test('a refresh that changes nothing says so, and sends nothing again', async () => {
  const sessions = new TokenSessions()
  const client = await sessions.known('alice', ['t:**'])
  publish(client, 't:A', 't:B')
  client.ask('subscribe', { topics: ['t:*', 't:A'] })
  sentTopics(client)
  expect(await sessions.refresh(client, ['**'])).toMatchObject([{ topics: [] }])
  expect(sentTopics(client)).toEqual([])
  publish(client, 't:A')
  expect(sentTopics(client)).toEqual(['t:A'])
})

test('a first token adds to what was public', async () => {
  const sessions = new TokenSessions({ publicTopics: ['t:A'] })
  const client = sessions.opened()
  publish(client, 't:A', 't:B')
  client.ask('subscribe', { topics: ['t:*'] })
  expect(sentTopics(client)).toEqual(['t:A'])
  expect(await sessions.refresh(client, ['t:B'])).toMatchObject([
    { subject: 'alice', topics: [{ topic: 't:*', heldCount: 2 }] },
  ])
  expect(sentTopics(client)).toEqual(['t:B'])
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
  expect(sentTopics(client)).toEqual(['t:A'])
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

test('a refresh that changes a delay moves the subscription, by name and by channel', async () => {
  const sessions = withDelays()
  const client = await sessions.known('alice', ['t:**', 'u:**'])
  publish(client, 't:A', 't:B', 'u:A')
  pass(client, DELAY_MS + 1_000)
  client.ask('subscribe', { topics: ['t:A', 'u:*'] })
  expect(sentTopics(client)).toEqual(['t:A', 'u:A'])
  const [later] = await sessions.refresh(client, [delayed('**')])
  expect(later!.topics).toEqual([
    expect.objectContaining({ topic: 'u:*', heldCount: 1, delayedMs: DELAY_MS }),
    expect.objectContaining({ topic: 't:A', held: true, delayedMs: DELAY_MS }),
  ])
  expect(sentTopics(client)).toEqual(['t:A', 'u:A']) // whole, as it was then
  publish(client, 't:A', 'u:A', 'u:B')
  expect(sentTopics(client)).toEqual([])
  pass(client, DELAY_MS + 1_000)
  expect(sentTopics(client)).toEqual(['t:A', 'u:A', 'u:B'])
  const [now] = await sessions.refresh(client, ['**'])
  expect(now!.topics).toEqual([
    expect.not.objectContaining({ delayedMs: expect.anything() }),
    expect.not.objectContaining({ delayedMs: expect.anything() }),
  ])
  sentTopics(client)
  publish(client, 't:A', 'u:A')
  expect(sentTopics(client)).toEqual(['t:A', 'u:A'])
  expect(client.fanout.registry.subscriptionCount).toBe(3)
})
