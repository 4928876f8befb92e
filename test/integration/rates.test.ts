/**
 * Rates on the real server: HTTP requests by address, and requests of a connection by their bytes.
 */
import { get } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { Client } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import type { Env } from '../support/program.ts'
import { BINARY, frame, PING, RawClient } from '../support/raw-client.ts'
import { metricOf } from '../support/serve.ts'
import { startServer, type TestServer } from '../support/server.ts'

async function serve(env: Env): Promise<TestServer> {
  const server = await startServer(env)
  onTestFinished(() => server.stop())
  return server
}

/** The status and the Retry-After of a request from an address. */
function ask({ http }: TestServer, path: string, localAddress: string) {
  return new Promise<{ status: number; retryAfter: number; text: string }>((resolve, reject) => {
    const request = get(http + path, { localAddress, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
      })
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response
        resolve({ status, retryAfter: Number(headers['retry-after']), text })
      })
    })
    request.on('error', reject)
  })
}

test('an address that asks too often is told when to come back, and others are served', async () => {
  const server = await serve({ TICKWIRE_HTTP_REQUESTS_PER_S: '1' })
  server.source.update('ticker:BTC-USD', { bid: '1' })
  const paths = ['/api/v1/ticker', '/api/v1/ticker/BTC-USD', '/nowhere']
  const answers = []
  for (let i = 0; i < 12; i++) answers.push(await ask(server, paths[i % 3]!, '127.0.0.2'))
  expect(answers.slice(0, 2).map(({ status }) => status)).toEqual([200, 200])
  const refused = answers.filter(({ status }) => status === 429)
  // Twelve at once, of which two are a burst: even a machine that takes seconds over it refuses some.
  expect(refused.length).toBeGreaterThan(0)
  for (const { retryAfter, text } of refused) {
    expect(retryAfter).toBe(1)
    expect(JSON.parse(text)).toMatchObject({ error: { name: 'too_many_requests' } })
  }
  expect(await ask(server, '/api/v1/ticker', '127.0.0.3')).toMatchObject({ status: 200 })
  expect(await metricOf(server, 'tickwire_http_requests_total{status="429"}')).toBe(refused.length)
  const faults = 'tickwire_faults_total{fault="too_many_requests"}'
  expect(await metricOf(server, faults)).toBe(refused.length)
  // Asking on and on, it gets its rate all the same.
  await eventually(async () => (await ask(server, '/api/v1/ticker', '127.0.0.2')).status === 200)
})

test('without the setting nobody is asked how often', async () => {
  const server = await serve({})
  for (let i = 0; i < 100; i++) {
    expect(await ask(server, '/api/v1/ticker', '127.0.0.1')).toMatchObject({ status: 200 })
  }
})

test.each([
  { path: '/ws', name: 'upgrade_required', isAdmin: false },
  { path: '/lanes?top=0', name: 'bad_request', isAdmin: true },
  { path: '/nowhere', name: 'not_found', isAdmin: true },
])('counts the fault of $path', async ({ path, name, isAdmin }) => {
  const server = await serve({})
  await (await fetch((isAdmin ? server.admin : server.http) + path)).text()
  expect(await metricOf(server, `tickwire_faults_total{fault="${name}"}`)).toBe(1)
})

/** For two requests of 1,500 bytes, and more. */
const RECOVERY_MS = 4_000
const FEW_BYTES = {
  TICKWIRE_REQUEST_BYTES_PER_S: '1024',
  TICKWIRE_REQUEST_BYTES_MAX: '2000',
  TICKWIRE_REQUESTS_PER_S: '100000',
  TICKWIRE_REQUESTS_BURST: '100000',
}

test('requests are refused for their bytes, told so, and answered again later', async () => {
  const server = await serve(FEW_BYTES)
  const client = await Client.connect(server.url)
  const big = { id: 'big', method: 'ping', padding: 'x'.repeat(1_500) }
  client.send(big)
  await client.until('pong', ({ id }) => id === 'big')
  client.send({ ...big, id: 'more' })
  const { message } = await client.until('error', ({ id }) => id === 'more')
  expect(message).toContain('1024 bytes a second')
  expect(client.closed).toBeNull()
  // Asking again and again would spend what comes back.
  const refusedAtMs = performance.now()
  await eventually(() => performance.now() > refusedAtMs + RECOVERY_MS)
  expect(await client.request('ping')).toMatchObject({ type: 'pong' })
  await client.close()
})

test('hello says how many bytes there are', async () => {
  const server = await serve(FEW_BYTES)
  const client = await Client.connect(server.url)
  expect((await client.until('hello')).limits).toMatchObject({ requestBytesPerS: 1024 })
  await client.close()
})

test.each([
  { what: 'text', bytes: frame('x'.repeat(1_900)) },
  { what: 'binary', bytes: frame('x'.repeat(1_900), { opcode: BINARY }) },
  { what: 'pings', bytes: frame('x'.repeat(100), { opcode: PING }) },
  { what: 'pongs', bytes: frame('x'.repeat(100), { opcode: 10 }) },
])('a flood of bytes closes: $what', async ({ bytes }) => {
  const server = await serve({ ...FEW_BYTES, TICKWIRE_LANE_DELAY_MS: '100' })
  const client = await RawClient.open(server.port)
  while (!client.hasEnded) {
    client.send(Buffer.concat(Array.from({ length: 8 }, () => bytes)))
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(await client.closeCode()).toBe(4002)
  client.destroy()
})

test('a request that is too large is called that, however many bytes are left', async () => {
  const server = await serve(FEW_BYTES)
  const client = await Client.connect(server.url)
  client.socket.send('x'.repeat(100_000))
  expect(await client.untilClosed()).toEqual({ code: 1009, reason: 'request_too_large' })
})
