/**
 * Delayed data on a real server: goal: whoever is entitled to values of a second ago gets the same protocol, the same
 * numbers and in the end the same records as everybody, and nothing sooner. Method: values that say when they were
 * published; clients that look at their age as they come.
 */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { DelayedClient, Ticker } from '../support/delayed-client.ts'
import { eventually } from '../support/eventually.ts'
import { metricsOf } from '../support/serve.ts'
import { startServer, type TestServer } from '../support/server.ts'
import type { AnyFields } from '../support/state.ts'
import { AUTH_ENV, tokenFor } from '../support/tokens.ts'

const DELAY_MS = 1_000
const LATER = [{ topic: '**', delayMs: DELAY_MS }]

let server: TestServer

beforeAll(async () => {
  server = await startServer({ ...AUTH_ENV, TICKWIRE_DELAYS_MS: `${DELAY_MS},900000` })
})

afterAll(() => server.stop())

function publish(topics: readonly string[]): Ticker {
  const ticker = new Ticker(server.source, topics, 10)
  onTestFinished(() => ticker.stop())
  return ticker
}

async function connect(topics: unknown, dialect: 'json' | 'msgpack' = 'json') {
  const one = await DelayedClient.connect(server.url, topics, { dialect })
  onTestFinished(() => one.client.socket.terminate())
  return one
}

test.each(['full', 'delta'])('a delayed client sees all of it, no sooner (%s)', async (mode) => {
  const topics = [`${mode}:A`, `${mode}:B`]
  const live = await connect(['**'])
  const later = [await connect(LATER), await connect(LATER, 'msgpack')]
  for (const { client } of [live, ...later]) await client.subscribe(topics, { mode })
  const ticker = publish(topics)
  await eventually(() => later.every((one) => topics.every((topic) => one.countOf(topic) >= 10)))
  ticker.stop()
  for (const { client, leastAgeMs } of later) {
    await eventually(() => expect(client.versions).toEqual(live.client.versions))
    expect(client.records).toEqual(live.client.records)
    expect(client.violations).toEqual([])
    expect(client.counts.delta ?? 0).toBeGreaterThanOrEqual(mode === 'delta' ? 10 : 0)
    for (const ageMs of leastAgeMs.values()) expect(ageMs).toBeGreaterThanOrEqual(DELAY_MS)
  }
})

test('a whole channel mixes views, and says the longest delay of them', async () => {
  const mixed = await connect([...LATER, 'mixed:LIVE'])
  const { topics } = await mixed.client.subscribe(['mixed:*'])
  expect(topics).toMatchObject([{ topic: 'mixed:*', held: false, delayedMs: DELAY_MS }])
  const ticker = publish(['mixed:LIVE', 'mixed:LATE'])
  await eventually(() => mixed.countOf('mixed:LATE') >= 5)
  // A stall of this machine may make a live value old, but not all of them.
  await eventually(() => mixed.leastAgeMs.get('mixed:LIVE')! < DELAY_MS)
  ticker.stop()
  const { records, violations } = mixed.client
  await eventually(() => expect(records.get('mixed:LATE')).toEqual(records.get('mixed:LIVE')))
  expect(mixed.leastAgeMs.get('mixed:LATE')).toBeGreaterThanOrEqual(DELAY_MS)
  expect(violations).toEqual([])
})

test('HTTP is as late as the rest', async () => {
  const headers = { Authorization: `Bearer ${await tokenFor(LATER)}` }
  const get = async () => {
    const response = await fetch(`${server.http}/api/v1/http/A`, { headers })
    return (await response.json()) as AnyFields
  }
  const publishedMs = performance.now()
  server.source.update('http:A', { bid: '1' })
  const answer = await eventually(async () => {
    const body = await get()
    expect(body).toHaveProperty('data')
    return body
  })
  expect(performance.now() - publishedMs).toBeGreaterThanOrEqual(DELAY_MS)
  expect(answer).toMatchObject({ topic: 'http:A', seq: 1, delayedMs: DELAY_MS, data: { bid: '1' } })
  expect(answer.ageMs).toBeGreaterThan(DELAY_MS - 50)
})

test('a break of the feed does not stop what is on its way', async () => {
  const later = await connect(LATER)
  await later.client.subscribe(['break:A'])
  server.source.update('break:A', { at: performance.now() })
  server.source.down('for a test')
  await later.client.until('status', ({ feed }) => feed === 'down')
  await eventually(() => later.countOf('break:A') === 1)
  expect(later.leastAgeMs.get('break:A')).toBeGreaterThanOrEqual(DELAY_MS)
  server.source.up()
})

test('stored records count as happening when they are read', async () => {
  const readMs = performance.now()
  server.source.up({ 'stored:A': { bid: '1', ts: 1 } })
  const later = await connect(LATER)
  const { topics } = await later.client.subscribe(['stored:A'])
  expect(topics).toMatchObject([{ topic: 'stored:A', held: false }])
  await eventually(() => later.client.records.has('stored:A'))
  expect(performance.now() - readMs).toBeGreaterThanOrEqual(DELAY_MS)
})

test('what is kept can be seen from outside', async () => {
  server.source.update('seen:A', { bid: 'x'.repeat(1_000) })
  await eventually(async () => {
    const metrics = await metricsOf(server)
    expect(metrics['tickwire_delay_bytes{delay="900"}']).toBeGreaterThan(1_000)
    expect(metrics['tickwire_delay_topics{delay="1"}']).toBeGreaterThan(0)
    expect(metrics['tickwire_delay_topics{delay="900"}']).toBe(0)
    expect(metrics['tickwire_delay_step_seconds{delay="900"}']).toBeGreaterThanOrEqual(0.9)
  })
})
