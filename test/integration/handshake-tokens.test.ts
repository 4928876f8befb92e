/**
 * Tokens in handshakes, on the real server: where they are taken from, what is refused and how, and what happens while
 * one is being checked: then the keys come from an HTTP server that answers when the test says so.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { Attempt } from '../support/attempt.ts'
import { eventually } from '../support/eventually.ts'
import { farewell, greeted, refusal } from '../support/handshakes.ts'
import type { Env } from '../support/program.ts'
import { frame, handshake, RawClient } from '../support/raw-client.ts'
import { metricOf } from '../support/serve.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { AUTH_ENV, keyPair, tokenFor } from '../support/tokens.ts'

const EVERYTHING = ['**']
const JSON_NAME = 'tickwire.v1.json'

let server: TestServer
let token: string
let foreign: string

beforeAll(async () => {
  server = await startServer(AUTH_ENV)
  token = await tokenFor(EVERYTHING)
  foreign = await tokenFor(EVERYTHING, { key: new TextEncoder().encode('x'.repeat(32)) })
})

afterAll(() => server.stop())

async function serve(env: Env): Promise<TestServer> {
  const own = await startServer({ ...AUTH_ENV, ...env })
  onTestFinished(() => own.stop())
  return own
}

/** Where a connection stands with tokens when it is greeted, or why it is not, and the subprotocol that it got. */
async function stateOf(url: string, offered: string[] = [], authorization?: string) {
  const headers = authorization === undefined ? {} : { Authorization: authorization }
  const { socket, data, subprotocol } = await greeted(url, offered, { headers })
  socket.terminate()
  const [{ auth, name }] = JSON.parse(data.toString())
  return { auth: auth ?? name, subprotocol }
}

test('a token is taken from its header or a subprotocol, and never sent back', async () => {
  const { url } = server
  const done = { auth: 'done', subprotocol: '' }
  expect(await stateOf(`${url}/ws`, [], `Bearer ${token}`)).toEqual(done)
  for (const offered of [
    [JSON_NAME, `bearer.${token}`],
    [`bearer.${token}`, JSON_NAME],
  ]) {
    expect(await stateOf(`${url}/ws`, offered)).toEqual({ auth: 'done', subprotocol: JSON_NAME })
  }
  expect(await stateOf(`${url}/ws`)).toEqual({ auth: 'required', subprotocol: '' })
  expect(await stateOf(`${url}/ws?dialect=json`)).toEqual({ auth: 'required', subprotocol: '' })
})

test('a token as the only subprotocol is no dialect: none is sent back, which `ws` takes amiss', async () => {
  await expect(stateOf(`${server.url}/ws`, [`bearer.${token}`])).rejects.toThrow('no subprotocol')
  const client = await RawClient.connect(server.port)
  client.send(handshake('json').replace('tickwire.v1.json', `bearer.${token}`))
  await eventually(() => client.received.includes('hello'))
  expect(client.received.toString('latin1')).not.toMatch(/sec-websocket-protocol|bearer/i)
  client.destroy()
})

test('a token is taken from the query where that is switched on', async () => {
  const { url } = await serve({ TICKWIRE_TOKEN_IN_QUERY: 'true' })
  expect(await stateOf(`${url}/ws?token=${token}`)).toMatchObject({ auth: 'done' })
  expect(await stateOf(`${url}/ws?dialect=json`)).toMatchObject({ auth: 'required' })
})

test.each([
  { why: 'one that is none', path: '/ws', offered: () => [JSON_NAME, 'bearer.abc'] },
  {
    why: 'two',
    path: '/ws',
    offered: () => [JSON_NAME, `bearer.${token}`, `bearer.${foreign}`],
  },
  { why: 'one in the query', path: '/ws?token=', offered: () => [JSON_NAME] },
])('refuses $why without repeating it, and asks for another', async ({ path, offered }) => {
  const url = server.url + path + (path.endsWith('=') ? token : '')
  const { status, headers, body } = await refusal(url, offered())
  expect({ status, body }).toMatchObject({ status: 401, body: { error: { name: 'bad_token' } } })
  expect(headers['www-authenticate']).toBe('Bearer')
  for (const secret of [token, foreign])
    expect(JSON.stringify({ headers, body })).not.toContain(secret)
})

test('says in words that the query is not looked at', async () => {
  expect(await refusal(`${server.url}/ws?token=${token}`)).toMatchObject({
    body: { error: { message: expect.stringContaining('not taken in the query') } },
  })
})

test('says by a close code what browsers cannot read, where it is set so', async () => {
  const { url } = await serve({ TICKWIRE_ADMISSION: 'close' })
  const two = [JSON_NAME, `bearer.${token}`, `bearer.${foreign}`]
  const told = { code: 4502, reason: 'bad_token', frameCount: 0 }
  expect(await farewell(`${url}/ws`, two)).toEqual(told)
})

test('a token that turns out to be bad ends the connection, with words and without a greeting', async () => {
  const attempt = await Attempt.start(server.url, { protocols: [JSON_NAME, `bearer.${foreign}`] })
  await eventually(() => attempt.code !== null)
  expect(attempt).toMatchObject({ status: 101, code: 4502 })
  expect(JSON.parse(attempt.text)).toMatchObject([{ type: 'error', id: null, name: 'bad_token' }])
  expect(attempt.text).not.toContain(foreign)
})

test('a connection with a token stays, whatever its handshake says of HTTP connections', async () => {
  const client = await RawClient.connect(server.port)
  const headers = `Connection: close\r\nAuthorization: Bearer ${token}`
  client.send(handshake('json').replace('Connection: Upgrade', headers))
  await eventually(() => client.received.includes('hello'))
  client.send(frame('{"id":1,"method":"ping"}'))
  await eventually(() => client.received.includes('"pong"'))
  expect(client.hasEnded).toBe(false)
  client.destroy()
})

test('a server that needs no tokens does not look at them', async () => {
  const free = await startServer()
  onTestFinished(() => free.stop())
  for (const path of ['/ws?token=x', '/ws']) {
    const got = await stateOf(free.url + path, [JSON_NAME, 'bearer.x'], 'Bearer y')
    expect(got).toEqual({ auth: 'off', subprotocol: JSON_NAME })
  }
})

test('a token that is too long for a request of this build is told so by HTTP, and fits a request', async () => {
  const long = await tokenFor(EVERYTHING, { claims: { padding: 'x'.repeat(4_000) } })
  const client = await RawClient.connect(server.port)
  client.send(handshake('json').replace('\r\n\r\n', `\r\nAuthorization: Bearer ${long}\r\n\r\n`))
  await eventually(() => client.hasEnded)
  expect(client.received.toString()).toMatch(/^HTTP\/1\.1 431 /)
  const { socket } = await greeted(`${server.url}/ws`)
  const answer = new Promise((resolve) => socket.once('message', (data) => resolve(String(data))))
  socket.send(JSON.stringify({ id: 1, method: 'auth', params: { token: long } }))
  expect(await answer).toContain('"subject":"alice"')
  socket.terminate()
})

/** A server of keys that are not to be had before the test says so. */
async function slowKeys() {
  const pair = await keyPair('slow')
  const held: ServerResponse[] = []
  let isSlow = true
  const body = JSON.stringify({ keys: [pair.jwk] })
  const http = createServer((_request, response) => {
    if (isSlow) held.push(response)
    else response.end(body)
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void http.closeAllConnections())
  onTestFinished(() => void http.close())
  const { port } = http.address() as AddressInfo
  const answer = () => {
    isSlow = false
    for (const response of held.splice(0)) response.end(body)
  }
  const { TICKWIRE_JWT_SECRET: _, ...rest } = AUTH_ENV
  const env: Env = { ...rest, TICKWIRE_JWKS: `http://127.0.0.1:${port}/keys` }
  return { env, answer, token: await pair.token(EVERYTHING) }
}

test('who waits for keys holds a place, and who goes away meanwhile gives it back', async () => {
  const keys = await slowKeys()
  const own = await startServer({ ...keys.env, TICKWIRE_MAX_CONNECTIONS: '1' })
  onTestFinished(() => own.stop())
  const offered = [JSON_NAME, `bearer.${keys.token}`]
  const waiting = await RawClient.connect(own.port)
  waiting.send(handshake('json').replace('tickwire.v1.json', offered.join(', ')))
  const full = { status: 503, body: { error: { name: 'server_full' } } }
  await eventually(async () => expect(await refusal(`${own.url}/ws`)).toMatchObject(full))
  expect(waiting.received.toString()).toContain('101 Switching Protocols')
  expect(waiting.received.toString()).not.toContain('hello')
  expect(await metricOf(own, 'tickwire_connections')).toBe(1)
  waiting.destroy()
  const next = await eventually(() => greeted(`${own.url}/ws`))
  expect(await metricOf(own, 'tickwire_connections')).toBe(1)
  next.socket.terminate()
  await eventually(async () => (await metricOf(own, 'tickwire_connections')) === 0)
  const last = greeted(`${own.url}/ws`, offered)
  keys.answer()
  expect(JSON.parse((await last).data.toString())).toMatchObject([{ auth: 'done' }])
  // The one that went away came into its own when the keys came, and changed nothing.
  expect(await metricOf(own, 'tickwire_connections_opened_total')).toBe(3)
  ;(await last).socket.terminate()
  await eventually(async () => (await metricOf(own, 'tickwire_connections')) === 0)
  ;(await greeted(`${own.url}/ws`)).socket.terminate()
})

test('who waits for keys when the server stops is sent away, without a word before', async () => {
  const keys = await slowKeys()
  const own = await startServer(keys.env)
  const told = farewell(`${own.url}/ws`, [JSON_NAME, `bearer.${keys.token}`])
  await eventually(async () => (await metricOf(own, 'tickwire_connections')) === 1)
  await own.stop()
  expect(await told).toEqual({ code: 1012, reason: 'restart', frameCount: 0 })
})

test('keys that cannot be had are no fault of the client: it is told to come back', async () => {
  const pair = await keyPair('gone')
  const { TICKWIRE_JWT_SECRET: _, ...rest } = AUTH_ENV
  // Nothing listens there.
  const own = await startServer({ ...rest, TICKWIRE_JWKS: 'http://127.0.0.1:1/keys' })
  onTestFinished(() => own.stop())
  const bearer = `bearer.${await pair.token(EVERYTHING)}`
  const attempt = await Attempt.start(own.url, { protocols: [JSON_NAME, bearer] })
  await eventually(() => attempt.code !== null)
  expect(attempt.code).toBe(4005)
  expect(JSON.parse(attempt.text)).toMatchObject([{ type: 'error', name: 'auth_unavailable' }])
  expect(await metricOf(own, 'tickwire_auth_failures_total{reason="unavailable"}')).toBe(1)
})

test('many handshakes at a time each get their own answer', async () => {
  const tokens = await Promise.all(
    Array.from({ length: 60 }, (_, i) =>
      i % 3 === 0 ? foreign : tokenFor(EVERYTHING, { claims: { sub: `client-${i}` } }),
    ),
  )
  const outcomes = await Promise.all(
    tokens.map(
      async (one) => (await stateOf(`${server.url}/ws`, [JSON_NAME, `bearer.${one}`])).auth,
    ),
  )
  expect(outcomes).toEqual(tokens.map((one) => (one === foreign ? 'bad_token' : 'done')))
})
