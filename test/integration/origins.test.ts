/**
 * Origins as any client can send them, on the real server; what browsers do is in page-origins.test.ts.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { greeted, refusal } from '../support/handshakes.ts'
import { handshake, RawClient } from '../support/raw-client.ts'
import { metricOf } from '../support/serve.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startServer()
})

afterAll(() => server.stop())

test('refuses other origins with words that name the setting, and counts them', async () => {
  const origins = ['http://evil.example', 'null', 'file://', `http://127.0.0.1:${server.port + 1}`]
  for (const origin of origins) {
    expect(await refusal(`${server.url}/ws`, [], { origin })).toMatchObject({
      status: 403,
      body: {
        error: {
          name: 'bad_origin',
          message: expect.stringContaining('TICKWIRE_ALLOWED_ORIGINS'),
        },
      },
    })
  }
  const faults = 'tickwire_faults_total{fault="bad_origin"}'
  expect(await metricOf(server, faults)).toBe(origins.length)
})

test('lets in whoever names none, or its own', async () => {
  for (const options of [{}, { origin: server.http }]) {
    const { socket } = await greeted(`${server.url}/ws`, [], options)
    socket.terminate()
  }
})

// This build of uWebSockets.js takes a request with two, and tells the first to whoever asks for one.
test('believes neither of two Host headers', async () => {
  const origin = 'http://evil.example'
  for (const hosts of [
    ['evil.example', '127.0.0.1'],
    ['127.0.0.1', 'evil.example'],
    ['evil.example', 'evil.example'],
  ]) {
    const client = await RawClient.connect(server.port)
    const lines = hosts.map((host) => `Host: ${host}`).join('\r\n')
    const request = handshake('json').replace('Host: 127.0.0.1', `${lines}\r\nOrigin: ${origin}`)
    client.send(request)
    await eventually(() => client.hasEnded)
    expect(client.received.toString()).toMatch(/^HTTP\/1\.1 403 /)
  }
})
