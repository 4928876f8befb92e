/**
 * The SDK with package ws, against real servers: what it makes of restarts, silence, a Redis that is gone, and an end
 * for good.
 */
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import {
  type ClientEvents,
  type ClientOptions,
  type EventName,
  TickwireClient,
} from '../../src/client/index.ts'
import { eventually } from '../support/eventually.ts'
import { ManualSource } from '../support/manual-source.ts'
import { freePort, startRedis } from '../support/redis.ts'
import { serveProcess } from '../support/serve.ts'
import { startServer } from '../support/server.ts'

const clients: TickwireClient[] = []

afterEach(() => {
  for (const client of clients.splice(0)) client.close()
})

/** A client, and what it was told. */
function connect(url: string, options: ClientOptions = {}) {
  const client = new TickwireClient(`${url}/ws`, { WebSocket, ...options })
  clients.push(client)
  const told: { name: EventName; event: unknown }[] = []
  for (const name of ['open', 'stale', 'live', 'reconnecting', 'close', 'fault'] as const) {
    client.on(name, (event) => void told.push({ name, event }))
  }
  const all = <Name extends EventName>(name: Name): ClientEvents[Name][] =>
    told.filter((one) => one.name === name).map(({ event }) => event as never)
  return { client, all }
}

test.each(['json', 'msgpack'] as const)(
  'subscribes and is told of changes (%s)',
  async (dialect) => {
    const server = await startServer()
    onTestFinished(server.stop)
    const { client, all } = connect(server.url, { dialect })
    server.source.update('t:A', { bid: '1', ask: '2', at: 1_617_647_428_063 })
    const bids: unknown[] = []
    const handle = client.subscribe(['t:A', 'no topic'], { mode: 'delta' }, ({ record }) => {
      bids.push(record.bid)
    })
    await eventually(() => expect(bids).toEqual(['1']))
    server.source.update('t:A', { bid: '2', ask: null })
    await eventually(() => expect(bids).toEqual(['1', '2']))
    expect(client.record('t:A')).toEqual({ bid: '2', at: 1_617_647_428_063 })
    expect(handle.fault).toMatchObject({ name: 'bad_topic' })
    expect(all('fault')).toMatchObject([{ name: 'bad_topic', topic: 'no topic' }])
    expect(all('open')[0]!.hello.probe).toBe('message')
    client.ping()
    await eventually(() => expect(client.stats.rttMs).toBeGreaterThanOrEqual(0))
    expect(client.stats.bytes).toBeGreaterThan(100)
  },
)

test('a server is stopped and started: the client is back by itself, and has what is there now', async () => {
  const port = `${await freePort()}`
  const env = { TICKWIRE_PORT: port }
  const first = await startServer(env)
  onTestFinished(first.stop)
  const { client, all } = connect(first.url)
  first.source.update('t:A', { bid: 'old', left: true })
  first.source.update('t:B', { bid: 'old' })
  client.subscribe('t:*', {}, () => {})
  await eventually(() => expect(client.record('t:B')).toEqual({ bid: 'old' }))
  await first.stop()
  await eventually(() => expect(client.state).toBe('reconnecting'))
  expect(all('reconnecting')[0]).toMatchObject({ code: 1012, fault: 'restart' })
  const { inMs } = all('reconnecting')[0]!
  // What is left of a time that was told a moment ago.
  expect(inMs).toBeGreaterThan(0)
  expect(inMs).toBeLessThanOrEqual(5_000)
  expect(client.record('t:A')).toEqual({ bid: 'old', left: true })
  const second = await startServer(env, new ManualSource())
  onTestFinished(second.stop)
  second.source.update('t:A', { bid: 'new' })
  await eventually(() => expect(client.isLive).toBe(true), { timeoutMs: 15_000 })
  expect([client.record('t:A'), client.record('t:B')]).toEqual([{ bid: 'new' }, undefined])
  expect(client.stats).toMatchObject({ reconnects: 1, gaps: 0 })
}, 40_000)

test('a server that hangs is found by its silence', async () => {
  const env = {
    TICKWIRE_HEARTBEAT_MS: '500',
    TICKWIRE_SIMULATOR_RATE_PER_S: '200',
  }
  const server = await serveProcess(env)
  onTestFinished(server.stop)
  const { client, all } = connect(server.url)
  client.subscribe('ticker:*', {}, () => {})
  await eventually(() => expect(client.isLive).toBe(true))
  process.kill(server.program.pid, 'SIGSTOP')
  await eventually(() => expect(all('fault')).toMatchObject([{ name: 'silent' }]))
  expect(client.isLive).toBe(false)
  process.kill(server.program.pid, 'SIGCONT')
  await eventually(() => expect(client.isLive).toBe(true))
  expect(client.stats).toMatchObject({ reconnects: 1, gaps: 0 })
})

test('Redis is gone: stale, with the last values; back: live', async () => {
  const redis = await startRedis()
  onTestFinished(redis.stop)
  const server = await serveProcess({ TICKWIRE_REDIS_URL: redis.url })
  onTestFinished(server.stop)
  const { client, all } = connect(server.url)
  const states: string[] = []
  client.on('status', ({ feed }) => states.push(feed))
  client.subscribe('ticker:A', {}, () => {})
  await eventually(() => expect(client.isLive).toBe(true))
  await redis.command('publish', 'ticker:A', '{"bid":"1"}')
  await eventually(() => expect(client.record('ticker:A')).toEqual({ bid: '1' }))
  await redis.kill()
  await eventually(() => expect(all('stale').at(-1)).toMatchObject({ reason: 'feed_down' }))
  expect([client.record('ticker:A'), client.state]).toEqual([{ bid: '1' }, 'open'])
  await redis.restart()
  await eventually(() => expect(client.isLive).toBe(true))
  expect(states).toContain('down')
  expect(states.at(-1)).toBe('live')
})

test('a server that wants no more of it is left alone', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  onTestFinished(() => server.close())
  let connections = 0
  server.on('connection', (socket) => {
    connections++
    socket.close(4501, 'bad_requests')
  })
  await eventually(() => server.address() !== null)
  const { port } = server.address() as { port: number }
  const { client, all } = connect(`ws://127.0.0.1:${port}`, { reconnect: { minMs: 1, maxMs: 2 } })
  await eventually(() => expect(all('close')).toHaveLength(1))
  expect(all('close')).toEqual([{ code: 4501, reason: 'bad_requests', fault: 'bad_requests' }])
  expect([client.state, connections, all('reconnecting')]).toEqual(['closed', 1, []])
})

test('nothing listens: it goes on trying, and says why', async () => {
  const { client, all } = connect(`ws://127.0.0.1:${await freePort()}`, {
    reconnect: { minMs: 1, maxMs: 5 },
  })
  await eventually(() => expect(all('reconnecting').length).toBeGreaterThan(5))
  expect(all('reconnecting')[0]).toMatchObject({ code: 1006, attempt: 1 })
  expect(all('reconnecting')[0]!.reason).toContain('ECONNREFUSED')
  expect(client.isLive).toBe(false)
})
