/**
 * Admission: who finds room, on the real server. Each limit is reached and released; clients come from several loopback
 * addresses, through X-Forwarded-For, and with PROXY protocol.
 */

import { expect, onTestFinished, test } from 'vitest'
import { type ClientOptions, WebSocket } from 'ws'
import { FAREWELLS_PER_S } from '../../src/transport/handshake.ts'
import { eventually } from '../support/eventually.ts'
import { farewell, greeted, refusal } from '../support/handshakes.ts'
import type { Env } from '../support/program.ts'
import { handshake, RawClient } from '../support/raw-client.ts'
import { metricOf } from '../support/serve.ts'
import { startServer, type TestServer } from '../support/server.ts'

async function serve(env: Env): Promise<TestServer> {
  const server = await startServer(env)
  onTestFinished(() => server.stop())
  return server
}

/** A connection that stays; returns what ends it. */
async function join({ url }: TestServer, options: ClientOptions = {}): Promise<() => void> {
  const { socket } = await greeted(`${url}/ws`, [], options)
  return () => socket.terminate()
}

function forwarded(header: string): ClientOptions {
  return { headers: { 'X-Forwarded-For': header } }
}

async function addresses({ admin }: TestServer): Promise<string[]> {
  const { lanes } = (await (await fetch(`${admin}/lanes`)).json()) as {
    lanes: { address: string }[]
  }
  return lanes.map(({ address }) => address).sort()
}

const tooMany = { status: 429, body: { error: { name: 'too_many_connections' } } }

test('an address has so many connections, others have theirs, and who leaves makes room', async () => {
  const server = await serve({ TICKWIRE_MAX_CONNECTIONS_PER_ADDRESS: '2' })
  const leave = await join(server, { localAddress: '127.0.0.2' })
  await join(server, { localAddress: '127.0.0.2' })
  const refused = await refusal(`${server.url}/ws`, [], { localAddress: '127.0.0.2' })
  expect(refused).toMatchObject(tooMany)
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  await join(server, { localAddress: '127.0.0.3' })
  await join(server, { localAddress: '127.0.0.3' })
  expect(await addresses(server)).toEqual(['127.0.0.2', '127.0.0.2', '127.0.0.3', '127.0.0.3'])
  leave()
  await eventually(() => join(server, { localAddress: '127.0.0.2' }))
  const name = 'tickwire_handshakes_refused_total{fault="too_many_connections"}'
  expect(await metricOf(server, name)).toBeGreaterThanOrEqual(1)
  const faults = 'tickwire_faults_total{fault="too_many_connections"}'
  expect(await metricOf(server, faults)).toBe(await metricOf(server, name))
})

test('IPv4 is the same address to a server that listens on IPv6', async () => {
  const server = await serve({ TICKWIRE_HOST: '::', TICKWIRE_MAX_CONNECTIONS_PER_ADDRESS: '1' })
  await join(server)
  expect(await refusal(`${server.url}/ws`)).toMatchObject(tooMany)
  const six = server.url.replace('127.0.0.1', '[::1]')
  await join({ ...server, url: six })
  expect(await refusal(`${six}/ws`)).toMatchObject(tooMany)
  expect(await addresses(server)).toEqual(['127.0.0.1', '::1'])
})

test('behind a proxy it is the address that the proxy saw, whatever the client says', async () => {
  const server = await serve({
    TICKWIRE_TRUSTED_HOPS: '1',
    TICKWIRE_MAX_CONNECTIONS_PER_ADDRESS: '1',
  })
  await join(server, forwarded('10.0.0.1'))
  expect(await refusal(`${server.url}/ws`, [], forwarded('10.0.0.1'))).toMatchObject(tooMany)
  expect(await refusal(`${server.url}/ws`, [], forwarded('6.6.6.6, 10.0.0.1'))).toMatchObject(
    tooMany,
  )
  await join(server, forwarded('10.0.0.1, 10.0.0.2'))
  await join(server, forwarded('2001:db8::1'))
  expect(await refusal(`${server.url}/ws`, [], forwarded('[2001:DB8::2]:443'))).toMatchObject(
    tooMany,
  )
  expect(await addresses(server)).toEqual(['10.0.0.1', '10.0.0.2', '2001:db8::1'])
})

test('a second X-Forwarded-For, as some proxies add it, goes on where the first ends', async () => {
  const server = await serve({ TICKWIRE_TRUSTED_HOPS: '1' })
  const client = await RawClient.connect(server.port)
  const lines = 'X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n'
  client.send(handshake('json').replace(/\r\n$/, lines))
  await eventually(() => client.received.includes('hello'))
  expect(await addresses(server)).toEqual(['10.0.0.1'])
  client.destroy()
})

test('without hops the header is not believed', async () => {
  const server = await serve({ TICKWIRE_MAX_CONNECTIONS_PER_ADDRESS: '1' })
  await join(server, forwarded('10.0.0.1'))
  expect(await refusal(`${server.url}/ws`, [], forwarded('10.0.0.2'))).toMatchObject(tooMany)
})

test.each([
  { why: 'missing', headers: {} },
  { why: 'bad', headers: { 'X-Forwarded-For': 'unknown' } },
  { why: 'bad', headers: { 'X-Forwarded-For': '10.0.0.1' } },
])('where the proxy does not tell, it is the proxy, and counted: $headers', async (told) => {
  const server = await serve({ TICKWIRE_TRUSTED_HOPS: '2' })
  await join(server, { headers: told.headers as Record<string, string> })
  expect(await addresses(server)).toEqual(['127.0.0.1'])
  expect(await metricOf(server, `tickwire_unknown_addresses_total{why="${told.why}"}`)).toBe(1)
})

/** PROXY protocol v2: a TCP connection over IPv4 from an address. */
function proxied(address: string): Buffer {
  const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')
  const addressBytes = [...address.split('.').map(Number), 127, 0, 0, 1]
  return Buffer.from([...signature, 0x21, 0x11, 0, 12, ...addressBytes, 0, 80, 0, 90])
}

test.each([
  { isOn: 'true', bytes: proxied('10.1.2.3'), address: '10.1.2.3', missing: 0 },
  { isOn: 'true', bytes: Buffer.alloc(0), address: '127.0.0.1', missing: 1 },
  { isOn: 'false', bytes: proxied('10.1.2.3'), address: '127.0.0.1', missing: 0 },
])('PROXY protocol ($isOn) gives $address', async ({ isOn, bytes, address, missing }) => {
  const server = await serve({ TICKWIRE_PROXY_PROTOCOL: isOn })
  const client = await RawClient.connect(server.port)
  client.send(Buffer.concat([bytes, Buffer.from(handshake('json'))]))
  await eventually(() => client.received.includes('hello'))
  expect(await addresses(server)).toEqual([address])
  const name = 'tickwire_unknown_addresses_total{why="missing"}'
  expect(await metricOf(server, name)).toBe(missing)
  client.destroy()
})

test('so many are let in a second: the others are told to come back, and then find room', async () => {
  const server = await serve({ TICKWIRE_ACCEPTS_PER_S: '3' })
  const outcomes = await Promise.all(
    Array.from({ length: 12 }, () =>
      refusal(`${server.url}/ws`).catch(() => ({ status: 101, headers: {}, body: null })),
    ),
  )
  const refused = outcomes.filter(({ status }) => status !== 101)
  expect(refused.length).toBeGreaterThan(0)
  // Those that were slow to come found another second's; nobody found more than were due.
  expect(outcomes.length - refused.length).toBeGreaterThanOrEqual(3)
  for (const { status, headers, body } of refused) {
    expect({ status, body }).toMatchObject({
      status: 503,
      body: { error: { name: 'server_busy' } },
    })
    expect(headers).toHaveProperty('retry-after')
  }
  await eventually(() => join(server))
})

test('those who are turned away together do not come back together', async () => {
  const server = await serve({ TICKWIRE_MAX_CONNECTIONS: '1' })
  await join(server)
  const waits = new Set<string | undefined>()
  for (let i = 0; i < 50; i++) {
    waits.add((await refusal(`${server.url}/ws`)).headers['retry-after'])
  }
  expect(waits.size).toBeGreaterThan(2)
})

test('clients of another page or dialect cost no accepts', async () => {
  const server = await serve({ TICKWIRE_ACCEPTS_PER_S: '1' })
  for (let i = 0; i < 20; i++) {
    await refusal(`${server.url}/ws`, [], { origin: 'http://evil.example' })
    await refusal(`${server.url}/ws?dialect=xml`)
  }
  // Had each taken one, it would be half a minute until there is another.
  await join(server)
})

const CLOSE = { TICKWIRE_ADMISSION: 'close' }

test.each([
  {
    fault: 'server_full',
    env: { TICKWIRE_MAX_CONNECTIONS: '1' },
    code: 1013,
  },
  {
    fault: 'too_many_connections',
    env: { TICKWIRE_MAX_CONNECTIONS_PER_ADDRESS: '1' },
    code: 4006,
  },
])('lets in and closes, where it is set so: $fault', async ({ fault, env, code }) => {
  const server = await serve({ ...CLOSE, ...env })
  const leave = await join(server)
  for (const offered of [[], ['tickwire.v1.msgpack'], ['bearer.a.b.c', 'tickwire.v1.json']]) {
    expect(await farewell(`${server.url}/ws`, offered)).toEqual({
      code,
      reason: fault,
      frameCount: 0,
    })
  }
  expect(await metricOf(server, 'tickwire_connections')).toBe(1)
  expect(await metricOf(server, 'tickwire_connections_opened_total')).toBe(1)
  expect(await metricOf(server, `tickwire_handshakes_refused_total{fault="${fault}"}`)).toBe(3)
  expect(await metricOf(server, `tickwire_faults_total{fault="${fault}"}`)).toBe(3)
  expect(await metricOf(server, `tickwire_connections_closed_total{code="${code}"}`)).toBe(0)
  leave()
  await eventually(() => join(server))
})

test('what has no close code is refused by HTTP all the same', async () => {
  const server = await serve(CLOSE)
  const { url } = server
  expect(await refusal(`${url}/ws`, [], { origin: 'http://evil.example' })).toMatchObject({
    status: 403,
  })
  expect(await refusal(`${url}/ws`, ['chat'])).toMatchObject({ status: 400 })
})

test('a flood is not let in to be closed: beyond some a second, HTTP tells them', async () => {
  const server = await serve({ ...CLOSE, TICKWIRE_MAX_CONNECTIONS: '1' })
  await join(server)
  const clients = await Promise.all(
    Array.from({ length: 4 * FAREWELLS_PER_S }, () => RawClient.connect(server.port)),
  )
  for (const client of clients) client.send(handshake('json'))
  await eventually(() => clients.every(({ hasEnded }) => hasEnded))
  const begins = (text: string) => clients.filter(({ received }) => received.includes(text)).length
  expect(begins('101 Switching')).toBeGreaterThanOrEqual(FAREWELLS_PER_S)
  expect(begins('503 Service')).toBeGreaterThan(0)
  expect(begins('101 Switching') + begins('503 Service')).toBe(clients.length)
  for (const client of clients) client.destroy()
  await eventually(async () => (await metricOf(server, 'tickwire_connections')) === 1)
})

test('what a closed client still sends changes nothing', async () => {
  const server = await serve({ ...CLOSE, TICKWIRE_MAX_CONNECTIONS: '1' })
  await join(server)
  const socket = new WebSocket(`${server.url}/ws`)
  socket.on('open', () => {
    for (let i = 0; i < 100; i++) {
      socket.send('{"id":1,"method":"ping"}')
      socket.ping()
      socket.pong()
    }
  })
  const closed = await new Promise((resolve) => socket.on('close', resolve))
  expect(closed).toBe(1013)
  expect(await metricOf(server, 'tickwire_requests_total{method="ping"}')).toBe(0)
})
