/**
 * The HTTP API of the public port, on the real server.
 */
import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { HTTP_SAMPLES } from '../../src/protocol/samples.ts'
import { eventually } from '../support/eventually.ts'
import { startServer, type TestServer } from '../support/server.ts'

const BIG_COUNT = 3_000

let server: TestServer

beforeAll(async () => {
  server = await startServer()
  const { source } = server
  source.update('ticker:BTC-USD', { bid: '58721.2', ts: Date.now() })
  source.update('ticker:EUR/USD', { bid: '1.1', seq: 41 })
  source.update('ticker:A?b#c%20', { bid: '2' })
  source.update('ticker:BTC-USD', { ask: '58721.3', bid: null, ts: Date.now() - 1_000 })
  // More than the kernel's buffers hold.
  const text = 'x'.repeat(4_000)
  for (let i = 0; i < BIG_COUNT; i++) source.update(`big:${i}`, { text })
  // Many turns of the event loop, and little in each.
  for (let i = 0; i < 20_000; i++) source.update(`many:${i}`, { bid: '1' })
})

beforeEach(() => server.source.up())

afterAll(() => server.stop())

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: { [name: string]: unknown }
}

async function ask(path: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(server.http + path, init)
  const body = (await response.json()) as Answer['body']
  return { status: response.status, headers: response.headers, body }
}

test('gives a record', async () => {
  const { status, headers, body } = await ask('/api/v1/ticker/BTC-USD')
  expect(status).toBe(200)
  expect(headers.get('content-type')).toBe('application/json')
  expect(headers.get('cache-control')).toBe('no-store')
  expect(body).toEqual({
    topic: 'ticker:BTC-USD',
    seq: 2,
    ageMs: expect.any(Number),
    feed: 'live',
    data: { ask: '58721.3', ts: expect.any(Number) },
  })
  expect(body.ageMs).toBeGreaterThanOrEqual(0)
  expect(Object.keys(body).sort()).toEqual(Object.keys(HTTP_SAMPLES.record).sort())
})

test('gives a list, in the order in which the topics appeared', async () => {
  const { status, body } = await ask('/api/v1/ticker')
  expect(status).toBe(200)
  expect(body.feed).toBe('live')
  const records = body.records as { topic: string }[]
  expect(records.map(({ topic }) => topic)).toEqual([
    'ticker:BTC-USD',
    'ticker:EUR/USD',
    'ticker:A?b#c%20',
  ])
  expect(Object.keys(records[0]!).sort()).toEqual(Object.keys(HTTP_SAMPLES.list.records[0]).sort())
})

test('gives an empty list of a channel that nobody has published to', async () => {
  expect(await ask('/api/v1/nothing')).toMatchObject({
    status: 200,
    body: { feed: 'live', records: [] },
  })
})

test('gives a list of thousands whole', async () => {
  const { body } = await ask('/api/v1/big')
  const records = body.records as { topic: string }[]
  expect(records.map(({ topic }) => topic)).toEqual(
    Array.from({ length: BIG_COUNT }, (_, i) => `big:${i}`),
  )
})

test('gives many lists at a time, each whole', async () => {
  const answers = await Promise.all(Array.from({ length: 30 }, () => ask('/api/v1/big')))
  expect(answers.map(({ body }) => (body.records as []).length)).toEqual(
    Array.from({ length: 30 }, () => BIG_COUNT),
  )
})

test('says that the feed is down, and gives the last values all the same', async () => {
  server.source.down('for a test')
  expect(await ask('/api/v1/ticker/BTC-USD')).toMatchObject({ status: 200, body: { feed: 'down' } })
  expect(await ask('/api/v1/ticker')).toMatchObject({ status: 200, body: { feed: 'down' } })
})

test.each([
  { path: '/api/v1/ticker/EUR%2FUSD', topic: 'ticker:EUR/USD' },
  { path: '/api/v1/ticker/A%3Fb%23c%2520', topic: 'ticker:A?b#c%20' },
  { path: '/api/v1/ticker/BTC%2DUSD?whatever=1', topic: 'ticker:BTC-USD' },
])('reads percent-encoded keys: $path', async ({ path, topic }) => {
  expect(await ask(path)).toMatchObject({ status: 200, body: { topic } })
})

test.each([
  { path: '/api/v1/ticker/DOGE-USD', status: 404, name: 'unknown_topic' },
  { path: '/api/v1/ticker/%E2%82%AC', status: 400, name: 'bad_topic' },
  { path: '/api/v1/ticker/%ZZ', status: 404, name: 'unknown_topic' },
  { path: '/api/v1/ticker/*', status: 400, name: 'bad_topic' },
  { path: '/api/v1/ticker/', status: 404, name: 'not_found' },
  { path: '/api/v1/Ticker', status: 400, name: 'bad_topic' },
  { path: '/api/v1/Ticker/BTC-USD', status: 400, name: 'bad_topic' },
  { path: '/api/v1/ticker/EUR/USD', status: 404, name: 'not_found' },
  { path: '/api/v1', status: 404, name: 'not_found' },
  { path: '/metrics', status: 404, name: 'not_found' },
  { path: '/ws', status: 426, name: 'upgrade_required' },
  { path: '/nowhere', status: 404, name: 'not_found' },
])('answers $path with $status $name', async ({ path, status, name }) => {
  const answer = await ask(path)
  expect(answer).toMatchObject({ status, body: { error: { name, code: expect.any(Number) } } })
  expect(answer.headers.get('content-type')).toBe('application/json')
})

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('answers %s with 405', async (method) => {
  for (const path of ['/api/v1/ticker', '/api/v1/ticker/BTC-USD', '/ws', '/nowhere']) {
    const body = method === 'POST' ? 'x'.repeat(100_000) : null
    const answer = await ask(path, { method, body })
    expect(answer).toMatchObject({ status: 405, body: { error: { name: 'method_not_allowed' } } })
    expect(answer.headers.get('allow')).toBe('GET')
  }
})

// The answer to HEAD must have no body, and ours has one: read as the next answer, it broke what came after.
test('closes after refusing a method, so that a body is never taken for the next answer', async () => {
  const socket = connect(server.port, '127.0.0.1')
  let text = ''
  socket.setEncoding('utf8').on('data', (piece) => {
    text += piece
  })
  socket.write('HEAD /api/v1/ticker HTTP/1.1\r\nHost: x\r\n\r\n')
  await eventually(() => socket.readableEnded)
  expect(text).toMatch(/^HTTP\/1\.1 405 .*\r\n(.+\r\n)*connection: close\r\n/i)
})

test.each([
  { why: 'while it was not reading', path: '/api/v1/big', isReading: false },
  { why: 'while more was being written', path: '/api/v1/many', isReading: true },
])(
  'a client that goes away in the middle of a list changes nothing for others: $why',
  async (how) => {
    for (let round = 0; round < 10; round++) {
      const socket = connect(server.port, '127.0.0.1')
      socket.on('error', () => {}) // a reset is what this is about
      socket.write(`GET ${how.path} HTTP/1.1\r\nHost: x\r\n\r\n`)
      await new Promise((resolve) => socket.once('data', resolve))
      if (!how.isReading) {
        socket.pause()
        await ask('/api/v1/ticker')
      }
      socket.resetAndDestroy()
      await eventually(() => socket.closed)
    }
    expect((await ask('/api/v1/big')).body.records).toHaveLength(BIG_COUNT)
  },
)

test('a client that reads a list slowly gets it whole', async () => {
  const socket = connect(server.port, '127.0.0.1')
  socket.write('GET /api/v1/big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  let text = ''
  socket.setEncoding('utf8')
  await new Promise((resolve) => socket.once('readable', resolve))
  // Others are served while this one does not read.
  for (let i = 0; i < 20; i++) await ask('/api/v1/ticker')
  socket.on('data', (piece) => {
    text += piece
  })
  await eventually(() => text.endsWith('0\r\n\r\n'))
  socket.destroy()
  expect(text.match(/"topic":"big:\d+"/g)).toHaveLength(BIG_COUNT)
})
