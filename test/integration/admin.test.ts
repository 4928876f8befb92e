/**
 * The admin port: health and metrics, for orchestrators and dashboards.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SourceSink } from '../../src/ingest/source.ts'
import { Client } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { ManualSource } from '../support/manual-source.ts'
import { startServer, type TestServer } from '../support/server.ts'

/** Has not reached its other side when it is started. */
class LateSource extends ManualSource {
  private late: SourceSink | null = null

  override async start(sink: SourceSink): Promise<void> {
    this.late = sink
  }

  arrive(): Promise<void> {
    return super.start(this.late!)
  }
}

const source = new LateSource()
let server: TestServer

beforeAll(async () => {
  server = await startServer({}, source)
})

afterAll(() => server.stop())

async function ready(): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${server.admin}/readyz`)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

/** Samples by name and labels, and the type of each family. Throws where the text is not the Prometheus format. */
async function metrics(): Promise<{ samples: Map<string, number>; types: Map<string, string> }> {
  const response = await fetch(`${server.admin}/metrics`)
  expect(response.headers.get('content-type')).toContain('text/plain')
  const samples = new Map<string, number>()
  const types = new Map<string, string>()
  for (const line of (await response.text()).split('\n')) {
    const type = /^# TYPE (\w+) (counter|gauge|histogram|summary)$/.exec(line)
    if (type !== null) types.set(type[1]!, type[2]!)
    if (line === '' || line.startsWith('# ')) continue
    const sample = /^(\w+)(\{\w+="[^"\n]*"(?:,\w+="[^"\n]*")*\})? (\S+)$/.exec(line)
    if (sample === null || samples.has(sample[1]! + (sample[2] ?? ''))) throw new Error(line)
    const value = Number(sample[3] === '+Inf' ? Infinity : sample[3])
    if (Number.isNaN(value) && sample[3] !== 'NaN' && sample[3] !== 'Nan') throw new Error(line)
    samples.set(sample[1]! + (sample[2] ?? ''), value)
  }
  return { samples, types }
}

test('is not ready before the source was reached, and stays ready when it goes down again', async () => {
  expect(await ready()).toMatchObject({
    status: 503,
    body: { ready: false, reasons: ['the source has not been reached yet'], feed: 'down' },
  })
  await source.arrive()
  expect(await ready()).toMatchObject({ status: 200, body: { ready: true, reasons: [] } })
  source.down('for a test')
  expect(await ready()).toMatchObject({ status: 200, body: { ready: true, feed: 'down' } })
  source.up()
})

test('is alive, and the figures beside readiness are right', async () => {
  const response = await fetch(`${server.admin}/livez`)
  expect({ status: response.status, body: await response.json() }).toEqual({
    status: 200,
    body: { live: true },
  })
  source.update('ticker:FIGURES', { bid: '1' })
  const client = await Client.connect(server.url)
  expect((await ready()).body).toMatchObject({ feed: 'live', connections: 1 })
  await client.close()
  await eventually(async () => (await ready()).body.connections === 0)
})

test('answers what is not there with faults, and serves no prices', async () => {
  const missing = await fetch(`${server.admin}/api/v1/ticker`)
  expect([missing.status, await missing.json()]).toMatchObject([
    404,
    { error: { name: 'not_found' } },
  ])
  const posted = await fetch(`${server.admin}/livez`, { method: 'POST' })
  expect(posted.status).toBe(405)
})

const COUNTERS = [
  ...['updates', 'stored_records', 'malformed', 'refused', 'feed_downs', 'frames_sent'],
  ...['messages_sent', 'sent_bytes', 'superseded', 'paced', 'holds', 'faults'],
  ...['connections_opened', 'connections_closed', 'handshakes_refused', 'http_requests'],
  ...['requests', 'unasked_pongs', 'unasked_acks'],
]
const GAUGES = [
  ...['build_info', 'topics', 'feed_state', 'feed_last_update_timestamp_seconds', 'lanes'],
  ...['subscriptions', 'connections'],
]

test('has every metric, each of its type', async () => {
  const { types } = await metrics()
  for (const name of COUNTERS)
    expect([name, types.get(`tickwire_${name}_total`)]).toEqual([name, 'counter'])
  for (const name of GAUGES) expect([name, types.get(`tickwire_${name}`)]).toEqual([name, 'gauge'])
})

test('metrics move with traffic, by as much as there was', async () => {
  const before = (await metrics()).samples
  const client = await Client.connect(server.url, { dialect: 'msgpack' })
  await client.subscribe(['ticker:MOVES'])
  source.update('ticker:MOVES', { bid: '1' })
  await eventually(() => client.records.size === 1)
  await client.request('nothing')
  await client.request('ping')
  const after = (await metrics()).samples
  const moved = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0)
  expect({
    updates: moved('tickwire_updates_total'),
    topics: moved('tickwire_topics'),
    opened: moved('tickwire_connections_opened_total'),
    connections: moved('tickwire_connections'),
    subscriptions: moved('tickwire_subscriptions'),
    pings: moved('tickwire_requests_total{method="ping"}'),
    unknown: moved('tickwire_faults_total{fault="unknown_method"}'),
    // hello, result, full, error, pong
    messages: moved('tickwire_messages_sent_total{dialect="msgpack"}'),
    frames: moved('tickwire_frames_sent_total{dialect="msgpack"}'),
    json: moved('tickwire_frames_sent_total{dialect="json"}'),
    scrapes: moved('tickwire_http_requests_total{status="200"}'),
  }).toEqual({
    ...{ updates: 1, topics: 1, opened: 1, connections: 1, subscriptions: 1, pings: 1 },
    ...{ unknown: 1, messages: 5, frames: 5, json: 0, scrapes: 1 },
  })
  expect(moved('tickwire_sent_bytes_total{dialect="msgpack"}')).toBeGreaterThan(100)
  await client.close()
})

test('no label is a topic or anything else that grows without end', async () => {
  for (let i = 0; i < 100; i++) source.update(`ticker:GROWS-${i}`, { bid: '1' })
  const { samples } = await metrics()
  const ours = [...samples.keys()].filter((name) => name.startsWith('tickwire_'))
  expect(ours.filter((name) => /GROWS|ticker/.test(name.replace('tickwire_', '')))).toEqual([])
  const labels = new Set(ours.flatMap((name) => [...name.matchAll(/(\w+)="/g)].map((m) => m[1])))
  const known = [
    ...['code', 'dialect', 'fault', 'hold', 'le', 'method', 'outcome', 'reason', 'state'],
    ...['status', 'version', 'why'],
  ]
  expect([...labels].filter((label) => !known.includes(label!))).toEqual([])
})
