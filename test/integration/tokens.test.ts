/**
 * Tokens over real sockets: from the first request to the end of a token, with the identity provider going away
 * meanwhile; by package ws and by Python. What must be refused is in unauthorized.test.ts.
 */
import { readFileSync } from 'node:fs'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { Attempt } from '../support/attempt.ts'
import { Client } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { JwksServer } from '../support/jwks-server.ts'
import { type Env, Program } from '../support/program.ts'
import { metricOf } from '../support/serve.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { AUTH_ENV, keyPair, SECRET, tokenFor } from '../support/tokens.ts'

/** Debian's own, where its packages python3-websockets and python3-msgpack are. */
const PYTHON = '/usr/bin/python3'

let server: TestServer

afterEach(() => server?.stop())

async function serve(env: Env = {}): Promise<void> {
  server = await startServer({ ...AUTH_ENV, ...env })
  for (const topic of ['ticker:A', 'ticker:B']) server.source.update(topic, { bid: '1' })
}

/** A client of the server, which may read these. */
async function known(topics: unknown[], dialect: 'json' | 'msgpack' = 'json'): Promise<Client> {
  const client = await Client.connect(server.url, { dialect })
  const answer = await client.request('auth', { token: await tokenFor(topics) })
  expect(answer).toMatchObject({ type: 'result', subject: 'alice' })
  return client
}

test.each(['json', 'msgpack'] as const)(
  'auth and subscribe back to back, in %s',
  async (dialect) => {
    await serve()
    const client = await Client.connect(server.url, { dialect })
    const token = await tokenFor(['ticker:A'])
    client.send({ id: 'a', method: 'auth', params: { token } })
    const answer = await client.subscribe(['ticker:A', 'ticker:B'])
    expect(answer).toMatchObject({
      topics: [{ topic: 'ticker:A' }, { error: { name: 'not_allowed' } }],
    })
    const [hello, first] = client.notices
    expect(hello).toMatchObject({ type: 'hello', auth: 'required' })
    expect(first).toMatchObject({ type: 'result', id: 'a', expiresAt: expect.any(Number) })
    await eventually(() => client.records.has('ticker:A'))
    await client.close()
  },
)

test('a refresh adds and takes away, without a break', async () => {
  await serve()
  const client = await known(['ticker:A'])
  await client.subscribe(['ticker:*'])
  await eventually(() => client.records.has('ticker:A'))
  const answer = await client.request('auth', { token: await tokenFor(['ticker:B']) })
  expect(answer.topics).toEqual([
    expect.objectContaining({ topic: 'ticker:*', heldCount: 1 }),
    { topic: 'ticker:A', error: expect.objectContaining({ name: 'not_allowed' }) },
  ])
  await eventually(() => client.records.has('ticker:B'))
  server.source.update('ticker:A', { bid: '2' })
  server.source.update('ticker:B', { bid: '2' })
  await eventually(() => client.records.get('ticker:B')!.bid === '2')
  expect(client.records.get('ticker:A')).toEqual({ bid: '1' })
  await client.close()
})

test('a client that sends no token in time is closed', async () => {
  await serve({ TICKWIRE_AUTH_TIMEOUT_MS: '1000' })
  const client = await Client.connect(server.url)
  expect(await client.untilClosed()).toEqual({ code: 4004, reason: 'auth_timeout' })
})

test('one subject has so many connections, however it comes in', async () => {
  await serve({ TICKWIRE_MAX_CONNECTIONS_PER_IDENTITY: '2' })
  const token = await tokenFor(['**'])
  const headers = { Authorization: `Bearer ${token}` }
  const first = await known(['**'])
  const second = await Attempt.start(server.url, { headers })
  expect(second.text).toContain('"auth":"done"')
  const third = await Attempt.start(server.url, { headers })
  await eventually(() => third.code === 4006)
  const fourth = await Client.connect(server.url)
  fourth.send({ id: 1, method: 'auth', params: { token } })
  expect(await fourth.untilClosed()).toEqual({ code: 4006, reason: 'too_many_connections' })
  expect(first.closed).toBeNull()
  await second.end()
  await (await known(['**'])).close()
})

test('the provider goes away: known keys go on, unknown ones are refused', async () => {
  const [one, two] = [await keyPair('one'), await keyPair('two')]
  const provider = await JwksServer.start([one.jwk])
  const { TICKWIRE_JWT_SECRET: _, ...env } = AUTH_ENV
  server = await startServer({ ...env, TICKWIRE_JWKS: provider.url })
  server.source.update('ticker:A', { bid: '1' })
  await eventually(() => provider.asked > 0)
  const path = `${server.http}/api/v1/ticker/A`
  const ask = async (token: string) =>
    (await fetch(path, { headers: { Authorization: `Bearer ${token}` } })).status
  const [first, second] = [await one.token(['**']), await two.token(['**'])]
  expect(await ask(first)).toBe(200)
  await provider.stop()
  expect(await ask(first)).toBe(200)
  // It was asked a moment ago, and did not know it then.
  expect(await ask(second)).toBe(401)
  expect(await metricOf(server, 'tickwire_auth_failures_total{reason="unknown_key"}')).toBe(1)
})

test('a provider that was never there: nobody gets in, and nobody is sent away for good', async () => {
  const { TICKWIRE_JWT_SECRET: _, ...env } = AUTH_ENV
  server = await startServer({ ...env, TICKWIRE_JWKS: 'http://127.0.0.1:1/jwks.json' })
  const { token } = await keyPair('one')
  const client = await Client.connect(server.url)
  client.send({ id: 1, method: 'auth', params: { token: await token(['**']) } })
  expect(await client.untilClosed()).toEqual({ code: 4005, reason: 'auth_unavailable' })
  const headers = { Authorization: `Bearer ${await token(['**'])}` }
  const response = await fetch(`${server.http}/api/v1/ticker/A`, { headers })
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({ error: { name: 'auth_unavailable' } })
  expect(await metricOf(server, 'tickwire_auth_failures_total{reason="unavailable"}')).toBe(2)
})

test('connections that end while their tokens are checked leave nothing', async () => {
  await serve()
  const token = await tokenFor(['**'])
  const sockets = Array.from({ length: 50 }, async () => {
    const client = await Client.connect(server.url)
    client.send({ id: 1, method: 'auth', params: { token } })
    client.send({ id: 2, method: 'subscribe', params: { topics: ['ticker:*'] } })
    client.socket.terminate()
  })
  await Promise.all(sockets)
  await eventually(async () => (await metricOf(server, 'tickwire_connections')) === 0)
  expect(await metricOf(server, 'tickwire_subscriptions')).toBe(0)
  await (await known(['**'])).close()
})

const SCRIPT = `
import asyncio, json, sys, websockets
async def main(url, token):
    async with websockets.connect(url, subprotocols=["tickwire.v1.json"]) as socket:
        auth = {"id": 1, "method": "auth", "params": {"token": token}}
        topics = {"id": 2, "method": "subscribe", "params": {"topics": ["ticker:*"]}}
        for request in (auth, topics):
            await socket.send(json.dumps(request))
        while True:
            for message in json.loads(await socket.recv()):
                print(json.dumps(message), flush=True)
                if message["type"] == "full":
                    return
asyncio.run(main(*sys.argv[1:]))
`

test('a Python client with a token reads what it may', async () => {
  await serve()
  const token = await tokenFor(['ticker:B'])
  const client = new Program([PYTHON, '-c', SCRIPT, `${server.url}/ws`, token])
  onTestFinished(() => client.stop())
  expect(await client.ended(), client.stderr).toBe(0)
  const messages = client.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(messages).toMatchObject([
    { type: 'hello', auth: 'required' },
    { type: 'result', id: 1, subject: 'alice' },
    { type: 'result', id: 2, topics: [{ topic: 'ticker:*', heldCount: 1 }] },
    { type: 'full', topic: 'ticker:B', data: { bid: '1' } },
  ])
})

test('the command of docs/operations.md makes a token that is taken', async () => {
  await serve()
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  const command = /^(node --input-type=module [\s\S]*?)^```$/m.exec(page)![1]!
  const program = new Program(['bash', '-c', command], { TICKWIRE_JWT_SECRET: SECRET })
  onTestFinished(() => program.stop())
  expect(await program.ended(), program.stderr).toBe(0)
  const headers = { Authorization: `Bearer ${program.stdout.trim()}` }
  expect((await fetch(`${server.http}/api/v1/ticker/A`, { headers })).status).toBe(200)
})
