/**
 * What a session may read: each topic is asked for before anything tells whether it is there, a whole channel gives only
 * what is allowed, and what is delayed comes later.
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
  expect(sentTopics(client)).toEqual(['d:A'])
  publish(client, 't:A', 't:B')
  expect(sentTopics(client)).toEqual([])
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
  expect(sentTopics(client)).toEqual(['t:A1', 't:x:y'])
  publish(client, 't:A1', 't:A2', 't:B1', 't:B2')
  expect(sentTopics(client)).toEqual(['t:A1', 't:A2'])
  publish(client, 't:A2', 't:B2')
  expect(sentTopics(client)).toEqual(['t:A2'])
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

test('who is entitled to delayed data is sent it later, and told by how much', async () => {
  const client = await withDelays().known('alice', [delayed('t:**', 5_000), 't:LIVE'])
  publish(client, 't:A', 't:LIVE')
  const topics = ['t:A', 't:LIVE', 't:*']
  expect(client.ask('subscribe', { topics })).toMatchObject([
    {
      topics: [
        { topic: 't:A', held: false, delayedMs: DELAY_MS },
        { topic: 't:LIVE', held: true },
        { topic: 't:*', held: true, heldCount: 1, delayedMs: DELAY_MS },
      ],
    },
  ])
  const [list] = client.ask('list')
  expect(list!.topics).toHaveLength(3)
  expect(list!.topics).toContainEqual(
    expect.objectContaining({ topic: 't:A', delayedMs: DELAY_MS }),
  )
  expect(list!.topics).toContainEqual(
    expect.not.objectContaining({ topic: 't:LIVE', delayedMs: expect.anything() }),
  )
  expect(sentTopics(client)).toEqual(['t:LIVE'])
  pass(client, DELAY_MS - 1_000)
  expect(sentTopics(client)).toEqual([])
  pass(client, 2_000)
  expect(sentTopics(client)).toEqual(['t:A'])
  expect(client.ask('unsubscribe', { topics: ['t:A'] })).toMatchObject([
    { topics: [{ topic: 't:A', coveredBy: 't:*' }] },
  ])
})
