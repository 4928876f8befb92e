/**
 * Other people's clients, while prices flow: Python with its own WebSocket and MessagePack, and curl.
 */
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { type Observer, observe } from '../support/observer.ts'
import { Program, tickwire } from '../support/program.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { metricOf, type ServerProcess, serveProcess } from '../support/serve.ts'

/** Debian's own, where its packages python3-websockets and python3-msgpack are. */
const PYTHON = '/usr/bin/python3'
const CLIENT = fileURLToPath(new URL('../support/client.py', import.meta.url))
/** Published after everything else: a client that has it has all that came before. */
const LAST_TOPIC = 'ticker:END-OF-TEST'
const SYMBOLS = 50

let redis: TestRedis
let server: ServerProcess
let observer: Observer
let publisher: Program

beforeAll(async () => {
  redis = await startRedis()
  observer = await observe(redis.url)
  server = await serveProcess({ TICKWIRE_REDIS_URL: redis.url })
  const args = ['--redis', redis.url, '--simulate', '--symbols', `${SYMBOLS}`, '--rate', '2000']
  publisher = tickwire(['publish', ...args])
  await flow(1)
})

afterAll(async () => {
  await Promise.all([publisher?.stop(), server?.stop(), observer?.stop()])
  await redis?.stop()
})

test('curl reads one record and all of a channel while prices flow', async () => {
  const list = JSON.parse(await curl('/api/v1/ticker'))
  expect(list.feed).toBe('live')
  expect(list.records).toHaveLength(SYMBOLS)

  const [topic] = Object.keys(observer.records)
  const path = `/api/v1/ticker/${topic!.slice('ticker:'.length)}`
  const record = JSON.parse(await curl(path))
  expect(record).toEqual({
    topic,
    seq: expect.any(Number),
    ageMs: expect.any(Number),
    feed: 'live',
    data: expect.objectContaining({
      bid: expect.stringMatching(/^\d+(\.\d+)?$/),
      ts: expect.any(Number),
    }),
  })
  await eventually(async () => JSON.parse(await curl(path)).seq > record.seq)
})

test('Python clients end with what was published, and so does curl', async () => {
  const clients = ['full', 'delta'].map((mode) => {
    const client = new Program([PYTHON, CLIENT, `${server.url}/ws`, mode, LAST_TOPIC])
    onTestFinished(() => client.stop())
    return client
  })
  await eventually(() => {
    for (const client of clients) {
      expect(client.stderr, 'needs python3-websockets and python3-msgpack').toBe('')
      expect(client.stdout).toBe('subscribed\n')
    }
  })
  await flow(4_000)
  expect(await publisher.terminate(), publisher.stderr).toBe(0)
  await redis.command('publish', LAST_TOPIC, '{"bid":"0.10"}')
  await eventually(() => LAST_TOPIC in observer.records)

  for (const client of clients) {
    expect(await client.ended(), client.stderr).toBe(0)
    const final = JSON.parse(client.stdout.replace('subscribed\n', ''))
    expect(final.violations).toEqual([])
    expect(final.records).toEqual(observer.records)
    expect(final.count).toBeGreaterThan(SYMBOLS * 2)
  }
  const list = JSON.parse(await curl('/api/v1/ticker')) as { records: ApiRecord[] }
  const byTopic = Object.fromEntries(list.records.map(({ topic, data }) => [topic, data]))
  expect(byTopic).toEqual(observer.records)
})

interface ApiRecord {
  readonly topic: string
  readonly data: object
}

/** Waits until the server has taken in so many more updates. */
async function flow(count: number): Promise<void> {
  const before = await metricOf(server, 'tickwire_updates_total')
  await eventually(async () => {
    expect(publisher.hasEnded, publisher.stderr).toBe(false)
    return (await metricOf(server, 'tickwire_updates_total')) >= before + count
  })
}

async function curl(path: string): Promise<string> {
  const program = new Program([
    'curl',
    '--silent',
    '--show-error',
    '--fail',
    `${server.http}${path}`,
  ])
  onTestFinished(() => program.stop())
  expect(await program.ended(), program.stderr).toBe(0)
  return program.stdout
}
