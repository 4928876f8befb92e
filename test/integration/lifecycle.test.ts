/**
 * What clients see of a server's life: heartbeats, the feed's state, and the end.
 */
import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { Client } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { freePort } from '../support/redis.ts'
import { makeServer } from '../support/serve.ts'
import { startServer, type TestServer } from '../support/server.ts'

const servers: TestServer[] = []

async function start(env: Record<string, string> = {}): Promise<TestServer> {
  const server = await startServer(env)
  servers.push(server)
  return server
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

const ofType = (client: Client, type: string) => client.notices.filter((m) => m.type === type)

test.each(['json', 'msgpack'] as const)('a quiet market has a heartbeat (%s)', async (dialect) => {
  const { url } = await start({ TICKWIRE_HEARTBEAT_MS: '100' })
  const client = await Client.connect(url, { dialect })
  expect(ofType(client, 'hello')[0]).toMatchObject({ heartbeatMs: 100 })
  await eventually(() => (client.counts.heartbeat ?? 0) >= 3)
  expect(client.violations).toEqual([])
})

test('the feed goes stale, live and down, and every client is told', async () => {
  const { url, source } = await start({ TICKWIRE_STALE_AFTER_MS: '100' })
  const clients = [await Client.connect(url), await Client.connect(url, { dialect: 'msgpack' })]
  const all = (feed: string, count: number) =>
    eventually(() =>
      clients.every((c) => ofType(c, 'status').filter((m) => m.feed === feed).length >= count),
    )
  await all('stale', 1)
  source.update('t:A', { bid: '1' })
  await all('live', 1)
  source.down('for a test')
  await all('down', 1)
  source.up({ 't:A': { bid: '2' } })
  await all('live', 2)
  for (const client of clients) {
    const states = ofType(client, 'status').map(({ feed }) => feed)
    // Between two of them the market may have been quiet once more.
    expect(states.filter((s, i) => s === states[i - 1])).toEqual([])
    expect(ofType(client, 'status')[0]!.since).toBeGreaterThan(Date.now() - 60_000)
  }
})

test('hello says the state of the feed to who comes later', async () => {
  const { url, source } = await start()
  source.down('for a test')
  const client = await Client.connect(url)
  expect(ofType(client, 'hello')[0]).toMatchObject({ feed: 'down', source: 'simulator' })
})

test('the last values are served while the feed is down', async () => {
  const { url, source } = await start()
  source.update('t:A', { bid: '1' })
  source.down('for a test')
  const client = await Client.connect(url)
  await client.subscribe(['t:A'])
  await eventually(() => client.records.size === 1)
  expect(client.records.get('t:A')).toEqual({ bid: '1' })
})

test('stop() says goaway to everybody, and closes with 1012', async () => {
  const server = await start()
  const clients = [
    await Client.connect(server.url),
    await Client.connect(server.url, { dialect: 'msgpack' }),
  ]
  await server.stop()
  for (const client of clients) {
    expect(await client.untilClosed()).toEqual({ code: 1012, reason: 'restart' })
    expect(client.notices.at(-1)).toEqual({
      type: 'goaway',
      reason: 'restart',
      reconnectMs: [expect.any(Number), expect.any(Number)],
    })
  }
})

test('stop() may be called again, and frees both ports', async () => {
  const server = await start()
  const first = server.stop()
  expect(server.stop()).toBe(first)
  await first
  await server.stop()
  for (const url of [server.http, server.admin]) await expect(fetch(url)).rejects.toThrow()
})

test('stop() before start() is fine, and takes no port', async () => {
  await makeServer({}).stop()
})

test('stop() during start() leaves nothing open', async () => {
  const server = makeServer({})
  const starting = server.start()
  await server.stop()
  const { port, adminPort } = await starting
  for (const taken of [port, adminPort]) {
    await expect(fetch(`http://127.0.0.1:${taken}/livez`)).rejects.toThrow()
  }
})

test('a client that floods pings is closed, one that sends some is not', async () => {
  const server = await start()
  const [flooding, keeping] = [await Client.connect(server.url), await Client.connect(server.url)]
  for (let i = 0; i < 5; i++) keeping.socket.ping()
  for (let i = 0; i < 500 && flooding.closed === null; i++) flooding.socket.ping()
  expect(await flooding.untilClosed()).toEqual({ code: 4002, reason: 'too_many_requests' })
  expect((await keeping.request('ping')).type).toBe('pong')
})

test('neither a silent connection nor a stalled one keeps stop() from ending', async () => {
  const server = await start()
  const text = 'x'.repeat(4_000)
  for (let i = 0; i < 2_500; i++) server.source.update(`big:${i}`, { text })
  const silent = connect(server.port, '127.0.0.1')
  silent.on('error', () => {}) // it is cut
  await eventually(() => silent.readyState === 'open')
  const stalled = await Client.connect(server.url)
  await stalled.subscribe(['big:*'])
  stalled.socket.pause()
  await server.stop()
  await eventually(() => silent.destroyed)
  stalled.socket.terminate()
})

test.each(['TICKWIRE_PORT', 'TICKWIRE_ADMIN_PORT'])(
  'start() says so when %s is taken, and the server that has it goes on',
  async (name) => {
    // A port of the system's choosing is exclusive by itself; one that was asked for need not be.
    const first = await start({ TICKWIRE_PORT: String(await freePort()) })
    const other = makeServer({ [name]: String(first.port) })
    await expect(other.start()).rejects.toThrow(
      `cannot listen on 127.0.0.1:${first.port}: the port is taken or not ours to use`,
    )
    await other.stop()
    const client = await Client.connect(first.url)
    expect(await client.request('ping')).toMatchObject({ type: 'pong' })
  },
)
