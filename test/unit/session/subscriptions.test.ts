/**
 * What subscribe, unsubscribe and list do, topic by topic.
 */
import { expect, test } from 'vitest'
import { Fanout } from '../../support/fanout.ts'
import { TestSession } from '../../support/session.ts'
import type { AnyMessage } from '../../support/state.ts'

const settings = { mode: 'full', intervalMs: 0 }
const refused = (topic: string, name: string) => ({
  topic,
  error: expect.objectContaining({ name }),
})

/** A client of a market in which t:A and t:B have values. */
function opened(options: { subscriptions?: number } = {}): TestSession {
  const fanout = new Fanout()
  fanout.update('t:A', { bid: '1' })
  fanout.update('t:B', { bid: '1' })
  fanout.endTurn()
  return TestSession.opened({ fanout, limits: options })
}

function outcomes(client: TestSession, method: string, topics?: string[], more = {}): unknown {
  const answers = client.ask(method, topics && { topics, ...more })
  expect(answers).toHaveLength(1)
  expect(answers[0]).toMatchObject({ type: 'result' })
  return answers[0]!.topics
}

const data = (messages: AnyMessage[]) => messages.map(({ type, topic, seq }) => [type, topic, seq])

test('answers each topic with its settings and whether a value follows, before any data', () => {
  const client = opened()
  expect(outcomes(client, 'subscribe', ['t:A', 't:NEW'], { mode: 'delta' })).toEqual([
    { topic: 't:A', mode: 'delta', intervalMs: 0, held: true },
    { topic: 't:NEW', mode: 'delta', intervalMs: 0, held: false },
  ])
  expect(data(client.endTurn())).toEqual([['full', 't:A', 1]])
})

test.each([
  { why: 'none', asked: 0, effective: 0 },
  { why: 'what was asked', asked: 250, effective: 250 },
  { why: 'the least that can be kept', asked: 1, effective: 50 },
])('the answer says which interval is in effect: $why', ({ asked, effective }) => {
  const client = opened()
  expect(outcomes(client, 'subscribe', ['t:A'], { intervalMs: asked })).toEqual([
    { topic: 't:A', ...settings, intervalMs: effective, held: true },
  ])
  expect(outcomes(client, 'list')).toEqual([
    { topic: 't:A', ...settings, intervalMs: effective, held: true },
  ])
})

test('refuses what is no topic name, and subscribes to the rest', () => {
  const client = opened({ subscriptions: 20 })
  const bad = ['t', 'T:A', 't:', 't:a b', 't:**', '*', '', 't:A"', 't:\u20ac']
  expect(outcomes(client, 'subscribe', [...bad, 't:A'])).toEqual([
    ...bad.map((name) => refused(name, 'bad_topic')),
    { topic: 't:A', ...settings, held: true },
  ])
  expect(outcomes(client, 'unsubscribe', bad)).toEqual(bad.map((n) => refused(n, 'bad_topic')))
  expect(client.counters.faults.bad_topic).toBe(2 * bad.length)
})

// A name is cut where it is too long to repeat. Half a character there made the whole result unreadable for strict
// MessagePack libraries.
test('repeats the beginning of an overlong name, in whole characters', () => {
  const client = opened()
  const [outcome] = outcomes(client, 'subscribe', [
    `${'x'.repeat(159)}\u{1f4c8}\u{1f4c8}`,
  ]) as AnyMessage[]
  const topic = outcome!.topic as string
  expect(topic.slice(0, 159)).toBe('x'.repeat(159))
  expect(topic.length).toBeLessThanOrEqual(160)
  expect(topic.isWellFormed()).toBe(true)
})

test('subscribing again changes the settings, and sends nothing again', () => {
  const client = opened()
  client.ask('subscribe', { topics: ['t:A'] })
  client.endTurn()
  expect(outcomes(client, 'subscribe', ['t:A'], { mode: 'delta' })).toEqual([
    { topic: 't:A', mode: 'delta', intervalMs: 0, held: true },
  ])
  expect(client.endTurn()).toEqual([])
  client.fanout.update('t:A', { ask: '2' })
  expect(data(client.endTurn())).toEqual([['delta', 't:A', 2]])
})

test('refuses subscriptions beyond the limit one by one; a channel counts one', () => {
  const client = opened({ subscriptions: 2 })
  expect(outcomes(client, 'subscribe', ['t:*', 't:A'])).toHaveLength(2)
  expect(outcomes(client, 'subscribe', ['t:B', 't:A'])).toEqual([
    refused('t:B', 'too_many_subscriptions'),
    { topic: 't:A', ...settings, held: true },
  ])
  expect(outcomes(client, 'subscribe', ['u:*'])).toEqual([refused('u:*', 'too_many_subscriptions')])
  client.ask('unsubscribe', { topics: ['t:A'] })
  expect(outcomes(client, 'subscribe', ['t:B'])).toEqual([
    { topic: 't:B', ...settings, held: true },
  ])
})

test('refuses a request that names more topics than a connection may have, as a whole', () => {
  const client = opened({ subscriptions: 2 })
  for (const method of ['subscribe', 'unsubscribe']) {
    expect(client.ask(method, { topics: ['t:A', 't:B', 't:C'] })).toMatchObject([
      { type: 'error', name: 'too_many_subscriptions' },
    ])
  }
  expect(outcomes(client, 'list')).toEqual([])
})

test('a channel brings its topics, and those to come', () => {
  const client = opened()
  expect(outcomes(client, 'subscribe', ['t:*', 'u:*'])).toEqual([
    { topic: 't:*', ...settings, held: true, heldCount: 2 },
    { topic: 'u:*', ...settings, held: false, heldCount: 0 },
  ])
  expect(data(client.endTurn())).toEqual([
    ['full', 't:A', 1],
    ['full', 't:B', 1],
  ])
  client.fanout.update('u:NEW', { bid: '1' })
  expect(data(client.endTurn())).toEqual([['full', 'u:NEW', 1]])
})

test.each([
  { why: 'name first', order: ['t:A', 't:*'] },
  { why: 'channel first', order: ['t:*', 't:A'] },
])('a name goes before the channel and falls back to it: $why', ({ order }) => {
  const client = opened()
  for (const topic of order) {
    client.ask('subscribe', { topics: [topic], mode: topic === 't:A' ? 'delta' : 'full' })
  }
  // The value comes once, however often it was asked for.
  expect(data(client.endTurn()).toSorted()).toEqual([
    ['full', 't:A', 1],
    ['full', 't:B', 1],
  ])
  client.fanout.update('t:A', { bid: '2' })
  expect(data(client.endTurn())).toEqual([['delta', 't:A', 2]])

  expect(outcomes(client, 'unsubscribe', ['t:A'])).toEqual([{ topic: 't:A', coveredBy: 't:*' }])
  client.fanout.update('t:A', { bid: '3' })
  expect(data(client.endTurn())).toEqual([['full', 't:A', 3]])
})

test('the end of a channel leaves what was asked for by name', () => {
  const client = opened()
  client.ask('subscribe', { topics: ['t:*', 't:A'] })
  client.endTurn()
  expect(outcomes(client, 'unsubscribe', ['t:*'])).toEqual([{ topic: 't:*' }])
  client.fanout.update('t:A', { bid: '2' })
  client.fanout.update('t:B', { bid: '2' })
  expect(data(client.endTurn())).toEqual([['full', 't:A', 2]])
})

test('after the result of an unsubscribe nothing of the topic comes, pending data included', () => {
  const client = opened()
  client.ask('subscribe', { topics: ['t:A', 't:B'] })
  expect(outcomes(client, 'unsubscribe', ['t:A'])).toEqual([{ topic: 't:A' }])
  client.fanout.update('t:A', { bid: '2' })
  expect(data(client.endTurn())).toEqual([['full', 't:B', 1]])
})

test('a topic that was unsubscribed and subscribed again starts whole', () => {
  const client = opened()
  client.ask('subscribe', { topics: ['t:A'], mode: 'delta' })
  client.endTurn()
  client.ask('unsubscribe', { topics: ['t:A'] })
  client.fanout.update('t:A', { ask: '2' })
  client.ask('subscribe', { topics: ['t:A'], mode: 'delta' })
  expect(client.endTurn()).toEqual([
    { type: 'full', topic: 't:A', seq: 2, data: { bid: '1', ask: '2' } },
  ])
})

test('refuses to unsubscribe from what was not subscribed to, and says why it still comes', () => {
  const client = opened()
  client.ask('subscribe', { topics: ['t:*'] })
  const answer = outcomes(client, 'unsubscribe', ['t:A', 'u:A', 'u:*']) as {
    error: { message: string }
  }[]
  expect(answer).toEqual([
    refused('t:A', 'not_subscribed'),
    refused('u:A', 'not_subscribed'),
    refused('u:*', 'not_subscribed'),
  ])
  expect(answer[0]!.error.message).toContain('t:* covers it')
})

test('lists channels, then names, with their settings', () => {
  const client = opened()
  client.ask('subscribe', { topics: ['t:A', 'u:A', 't:*'] })
  client.ask('subscribe', { topics: ['t:A'], mode: 'delta' })
  expect(outcomes(client, 'list')).toEqual([
    { topic: 't:*', ...settings, held: true, heldCount: 2 },
    { topic: 't:A', mode: 'delta', intervalMs: 0, held: true },
    { topic: 'u:A', ...settings, held: false },
  ])
})
