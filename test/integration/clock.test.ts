/**
 * A wall clock that steps while clients are connected: goal: nobody is closed for it, no live feed is called stale, no
 * update is lost, and no delayed value comes early. Method: a real server in this process, whose Date.now is this
 * test's; performance.now is nobody's to step.
 */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DelayedClient, Ticker } from '../support/delayed-client.ts'
import { eventually } from '../support/eventually.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { AUTH_ENV } from '../support/tokens.ts'

const HOUR_MS = 3_600_000
const DELAY_MS = 1_000
/** The feed is looked at every 50 ms, and no stall of this machine lasts until it would be stale. */
const ENV = {
  ...AUTH_ENV,
  TICKWIRE_DELAYS_MS: `${DELAY_MS}`,
  TICKWIRE_HEARTBEAT_MS: '200',
  TICKWIRE_STALE_AFTER_MS: '25000',
}

let server: TestServer
let steppedMs = 0

beforeEach(async () => {
  const wallMs = Date.now
  steppedMs = 0
  vi.spyOn(Date, 'now').mockImplementation(() => wallMs() + steppedMs)
  server = await startServer(ENV)
})

afterEach(async () => {
  await server.stop()
  vi.restoreAllMocks()
})

/** A heartbeat comes from where the feed, lanes and timeouts are looked at. */
async function nextHeartbeat({ client }: DelayedClient): Promise<void> {
  const before = client.counts.heartbeat ?? 0
  await eventually(() => (client.counts.heartbeat ?? 0) > before)
}

test.each([HOUR_MS, -HOUR_MS])('a wall clock that steps by %d ms', async (stepMs) => {
  const live = await DelayedClient.connect(server.url, ['**'])
  const later = await DelayedClient.connect(server.url, [{ topic: '**', delayMs: DELAY_MS }])
  const both = [live, later]
  for (const { client } of both) await client.subscribe(['t:A'], { mode: 'delta' })

  const before = new Ticker(server.source, ['t:A'], 10)
  await eventually(() => later.countOf('t:A') >= 5)
  before.stop()
  // The step comes upon a feed that was quiet when it was looked at last, and upon values on their way.
  before.publish()
  await nextHeartbeat(live)
  steppedMs = stepMs
  await nextHeartbeat(live)
  const seen = later.countOf('t:A')
  const after = new Ticker(server.source, ['t:A'], 10)
  await eventually(() => later.countOf('t:A') >= seen + 10)
  after.stop()

  await eventually(() => expect(later.client.versions).toEqual(live.client.versions))
  const { topics } = await live.client.request('list')
  expect(topics).toMatchObject([{ topic: 't:A', held: true }])
  expect(later.client.records).toEqual(live.client.records)
  expect(later.leastAgeMs.get('t:A')).toBeGreaterThanOrEqual(DELAY_MS)
  for (const { client } of both) {
    expect([client.closed, client.violations]).toEqual([null, []])
    expect(client.notices.filter(({ type }) => type === 'status')).toEqual([])
    client.socket.terminate()
  }
})
