/**
 * Who gets a WebSocket connection, in which dialect, and what the others are told.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Client } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { greeted, refusal } from '../support/handshakes.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startServer({ TICKWIRE_REQUEST_BYTES_MAX: '2000' })
})

afterAll(() => server.stop())

/** The first frame of a connection, and the subprotocol that it got. */
async function greeting(url: string, subprotocols: string[] = []) {
  const { socket, ...got } = await greeted(url, subprotocols)
  socket.terminate()
  return got
}

test.each([
  { why: 'nothing asked', query: '', offered: [], isBinary: false, subprotocol: '' },
  { why: '?dialect=', query: '?dialect=msgpack', offered: [], isBinary: true, subprotocol: '' },
  { why: 'other queries', query: '?a=b', offered: [], isBinary: false, subprotocol: '' },
  {
    why: 'a subprotocol',
    query: '',
    offered: ['tickwire.v1.msgpack'],
    isBinary: true,
    subprotocol: 'tickwire.v1.msgpack',
  },
  {
    why: 'several subprotocols',
    query: '?dialect=msgpack',
    offered: ['chat', 'tickwire.v1.json', 'tickwire.v1.msgpack'],
    isBinary: false,
    subprotocol: 'tickwire.v1.json',
  },
])('greets in the dialect that was asked for: $why', async (asked) => {
  const { query, offered, isBinary, subprotocol } = asked
  const got = await greeting(`${server.url}/ws${query}`, offered)
  expect(got).toMatchObject({ isBinary, subprotocol })
  expect(got.data.toString()).toContain('hello')
})

test('refuses subprotocols of which it knows none, with the list', async () => {
  expect(await refusal(`${server.url}/ws`, ['chat', 'superchat'])).toMatchObject({
    status: 400,
    body: {
      error: {
        name: 'unknown_dialect',
        message: expect.stringContaining('tickwire.v1.json, tickwire.v1.msgpack'),
      },
    },
  })
})

test('refuses a dialect that it does not know, with the list', async () => {
  expect(await refusal(`${server.url}/ws?dialect=xml`)).toMatchObject({
    status: 400,
    body: {
      error: { name: 'unknown_dialect', message: expect.stringContaining('json, msgpack') },
    },
  })
})

test.each([
  { query: '', probe: 'ping' },
  { query: '?probe=ping', probe: 'ping' },
  { query: '?dialect=json&probe=message', probe: 'message' },
])('says which kind of probes is in force: "$query"', async ({ query, probe }) => {
  const { data } = await greeting(`${server.url}/ws${query}`)
  expect(JSON.parse(data.toString())).toMatchObject([{ type: 'hello', probe }])
})

test('says pings to whoever asks for messages where nobody is measured', async () => {
  const free = await startServer({ TICKWIRE_LANE_DELAY_MS: '0' })
  try {
    const { data } = await greeting(`${free.url}/ws?probe=message`)
    expect(JSON.parse(data.toString())).toMatchObject([{ type: 'hello', probe: 'ping' }])
  } finally {
    await free.stop()
  }
})

test('refuses a kind of probes that it does not know, with the list', async () => {
  expect(await refusal(`${server.url}/ws?probe=pong`)).toMatchObject({
    status: 400,
    body: {
      error: { name: 'unknown_probe', message: expect.stringContaining('ping, message') },
    },
  })
})

test('has WebSockets at /ws alone', async () => {
  expect(await refusal(`${server.url}/`)).toMatchObject({ status: 404 })
  expect(await refusal(`${server.url}/ws/x`)).toMatchObject({ status: 404 })
})

test('refuses the one too many, and has room again when somebody leaves', async () => {
  const full = await startServer({ TICKWIRE_MAX_CONNECTIONS: '2' })
  try {
    const first = await Client.connect(full.url)
    await Client.connect(full.url)
    const { status, headers, body } = await refusal(`${full.url}/ws`)
    expect({ status, body }).toMatchObject({
      status: 503,
      body: { error: { name: 'server_full' } },
    })
    expect(Number(headers['retry-after'])).toBeGreaterThan(0)
    await first.close()
    await eventually(async () => {
      await greeting(`${full.url}/ws`)
    })
  } finally {
    await full.stop()
  }
})

test('closes for a request that is too large', async () => {
  const client = await Client.connect(server.url)
  client.socket.send('x'.repeat(2001))
  expect(await client.untilClosed()).toEqual({ code: 1009, reason: 'request_too_large' })
})

test('cuts off who sends what no request can be', async () => {
  const client = await Client.connect(server.url)
  client.socket.send('x'.repeat(3 * 1024 * 1024))
  expect(await client.untilClosed()).toMatchObject({ code: 1006 })
  expect(await greeting(`${server.url}/ws`)).toMatchObject({ isBinary: false })
})

test('says what it refused in the metrics', async () => {
  const text = await (await fetch(`${server.admin}/metrics`)).text()
  expect(text).toMatch(/^tickwire_handshakes_refused_total\{fault="unknown_dialect"\} 2$/m)
  expect(text).toMatch(/^tickwire_connections_closed_total\{code="1009"\} 1$/m)
})
