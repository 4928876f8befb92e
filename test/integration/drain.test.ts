/**
 * Drain: goal: a server that is told to stop sends its clients away one by one, serving them meanwhile. Method: real
 * servers and sockets; what is asserted is what clients are told, in which order they are closed, and counts.
 */
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { Client } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { handshake, RawClient } from '../support/raw-client.ts'
import { metricOf, type ServerProcess, serveProcess } from '../support/serve.ts'
import { startServer, type TestServer } from '../support/server.ts'
import type { AnyMessage } from '../support/state.ts'

/** Longer than any test: for what is to happen while a drain or its notice goes on. */
const LONG_MS = '300000'
const CLIENTS = 40

test('all are told stretches that fill the window, and closed in the order of these', async () => {
  const drainMs = 2_000
  const server = await serverHere({ TICKWIRE_DRAIN_MS: `${drainMs}` })
  const clients = await join(server, CLIENTS)
  const closes: Client[] = []
  for (const client of clients) client.socket.once('close', () => closes.push(client))
  const stopped = server.stop()
  await eventually(() => closes.length === CLIENTS)
  await stopped
  for (const client of clients) expect(client.closed).toEqual({ code: 1012, reason: 'restart' })
  const stretches = clients.map(stretchOf).sort(([a], [b]) => a - b)
  expect(stretches[0]![0]).toBe(0)
  // The last fifth is for whoever comes back late in its stretch.
  expect(stretches.at(-1)![1]).toBeLessThanOrEqual(0.8 * drainMs)
  expect(stretches.at(-1)![1]).toBeGreaterThan(0.4 * drainMs)
  // Those told later are told less: the time since the drain began is taken off.
  for (const [fromMs, toMs] of stretches) {
    expect(fromMs).toBeGreaterThanOrEqual(0)
    expect(toMs - fromMs).toBeLessThanOrEqual((0.8 * drainMs) / CLIENTS + 1)
  }
  expect(new Set(stretches.map(([, toMs]) => toMs)).size).toBeGreaterThan(CLIENTS / 2)
  // Some are closed in the same look, so that neighbours may change places.
  const ranks = closes.map((client) =>
    stretches.findIndex(([, toMs]) => toMs === stretchOf(client)[1]),
  )
  const shifts = ranks.map((rank, i) => Math.abs(rank - i))
  expect(Math.max(...shifts)).toBeLessThan(CLIENTS / 4)
  // It is not the order in which they came.
  expect(closes).not.toEqual(clients)
})

test('during the notice clients are let in and served, and balancers are told', async () => {
  const server = await processHere({ TICKWIRE_DRAIN_NOTICE_MS: LONG_MS })
  const before = await Client.connect(server.url)
  process.kill(server.program.pid, 'SIGTERM')
  const ready = await eventually(async () => {
    const response = await fetch(`${server.admin}/readyz`)
    expect(response.status).toBe(503)
    return response.json()
  })
  expect(ready).toMatchObject({ ready: false, reasons: ['the server is stopping'] })
  expect(await metricOf(server, 'tickwire_draining')).toBe(1)
  const late = await Client.connect(server.url)
  for (const client of [before, late]) {
    await client.subscribe(['ticker:*'])
    const countBefore = client.counts.full ?? 0
    await eventually(() => (client.counts.full ?? 0) > countBefore + 500)
    expect(client.notices.some(({ type }) => type === 'goaway')).toBe(false)
    expect(client.closed).toBeNull()
  }
})

test('during the drain prices, requests and the admin port go on, and nobody gets in', async () => {
  const server = await serverHere({ TICKWIRE_DRAIN_MS: LONG_MS })
  const half = await RawClient.connect(server.port) // is connected, and has not asked for anything yet
  const clients = await join(server, 2)
  void server.stop()
  for (const client of clients) await client.until('goaway')
  server.source.update('t:A', { bid: '2' })
  server.source.update('t:B', { bid: '3' })
  for (const client of clients) {
    await client.subscribe(['t:B'])
    await eventually(() => expect(client.records.get('t:A')).toEqual({ bid: '2' }))
    await eventually(() => expect(client.records.get('t:B')).toEqual({ bid: '3' }))
  }
  expect((await fetch(`${server.admin}/livez`)).status).toBe(200)
  expect(await metricOf(server, 'tickwire_connections')).toBe(2)
  const refused = new WebSocket(`${server.url}/ws`)
  const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException]
  expect(error.code).toBe('ECONNREFUSED')
  half.send(handshake('tickwire.v1.json'))
  await eventually(() => half.received.includes('"restart"'))
  const answer = half.received.toString()
  expect(answer).toMatch(/^HTTP\/1.1 503 /)
  expect(answer).toMatch(/^Retry-After: \d+\r$/m)
  half.destroy()
})

test('when the last client has gone it ends at once', async () => {
  const server = await serverHere({ TICKWIRE_DRAIN_MS: LONG_MS })
  const clients = await join(server, 3)
  const stopped = server.stop()
  for (const client of clients) await client.until('goaway')
  for (const client of clients) await client.close()
  await stopped
  await expect(fetch(`${server.admin}/livez`)).rejects.toThrow()
})

test('with no time to drain, all are closed at once and told to spread themselves', async () => {
  const server = await serverHere({ TICKWIRE_DRAIN_MS: '0' })
  const clients = await join(server, 3)
  await server.stop()
  for (const client of clients) {
    expect(await client.untilClosed()).toEqual({ code: 1012, reason: 'restart' })
    expect(stretchOf(client)).toEqual([500, 5_000])
  }
})

test('SIGTERM: the log and stdout say that it drains, and the process ends with 0', async () => {
  const server = await processHere({ TICKWIRE_DRAIN_MS: '300', TICKWIRE_LOG_LEVEL: 'info' })
  const client = await Client.connect(server.url)
  expect(await server.program.terminate(), server.program.stderr).toBe(0)
  expect(await client.untilClosed()).toEqual({ code: 1012, reason: 'restart' })
  expect(server.program.stdout).toContain(
    'SIGTERM: clients are sent away within 0.3 s; a second signal ends it at once\n',
  )
  const lines = server.program.stderr.trim().split('\n')
  const events = lines.map((line) => JSON.parse(line) as { msg: string })
  expect(events.find(({ msg }) => msg === 'draining')).toMatchObject({
    clients: 1,
    noticeMs: 0,
    drainMs: 300,
  })
  expect(events.at(-1)!.msg).toBe('server stopped')
})

test.each(['TICKWIRE_DRAIN_NOTICE_MS', 'TICKWIRE_DRAIN_MS'])(
  'a second signal ends it at once, while %s lasts',
  async (name) => {
    const server = await processHere({ [name]: LONG_MS })
    const client = await Client.connect(server.url)
    process.kill(server.program.pid, 'SIGTERM')
    await eventually(() => server.program.stdout.includes('a second signal ends it at once'))
    process.kill(server.program.pid, 'SIGTERM')
    expect(await server.program.ended()).toBe(143)
    await client.untilClosed()
  },
)

async function serverHere(env: Record<string, string>): Promise<TestServer> {
  const server = await startServer(env)
  server.source.update('t:A', { bid: '1' })
  return server
}

async function processHere(env: Record<string, string>): Promise<ServerProcess> {
  const server = await serveProcess(env)
  onTestFinished(server.stop)
  return server
}

/** Clients of both dialects, subscribed to t:A. A server that drains for long ends when they have gone. */
async function join(server: TestServer, count: number): Promise<Client[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const client = await Client.connect(server.url, { dialect: i % 2 === 0 ? 'json' : 'msgpack' })
      onTestFinished(() => client.socket.terminate())
      await client.subscribe(['t:A'])
      return client
    }),
  )
}

function stretchOf({ notices }: Client): [number, number] {
  const [goaway, ...others] = notices.filter(({ type }: AnyMessage) => type === 'goaway')
  expect(others).toEqual([])
  return goaway!.reconnectMs as [number, number]
}
