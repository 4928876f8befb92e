/**
 * The SDK and `tail` where tokens are needed: what a real server, package ws and a process of its own make of tokens,
 * good ones, bad ones, and ones that expire; and a server that goes away, with real sockets.
 */
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { type ClientOptions, TickwireClient } from '../../src/client/index.ts'
import { eventually } from '../support/eventually.ts'
import { type Env, tickwire } from '../support/program.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { temporaryFile } from '../support/temporary-file.ts'
import { AUTH_ENV, tokenFor } from '../support/tokens.ts'

async function serve(env: Env = {}): Promise<TestServer> {
  const server = await startServer({ ...AUTH_ENV, TICKWIRE_AUTH_NOTICE_MS: '60000', ...env })
  onTestFinished(server.stop)
  server.source.update('t:A', { bid: '1' })
  server.source.update('u:A', { bid: '2' })
  return server
}

function connect(url: string, options: ClientOptions) {
  const client = new TickwireClient(`${url}/ws`, { WebSocket, ...options })
  onTestFinished(() => client.close())
  const told: [string, unknown][] = []
  for (const name of ['open', 'identity', 'expiring', 'stale', 'fault', 'reconnecting'] as const) {
    client.on(name, (event) => void told.push([name, event]))
  }
  const names = (name: string) => told.filter(([one]) => one === name)
  return { client, told, names }
}

/** A token that expires soon, by claims of its own. */
const brief = (seconds: number, topics = ['t:**', 'u:**']) =>
  tokenFor(topics, { claims: { exp: Math.floor(Date.now() / 1_000) + seconds } })

test.each(['json', 'msgpack'] as const)(
  'a token lets it in, and it is told what it may not read (%s)',
  async (dialect) => {
    const server = await serve()
    const { client, names } = connect(server.url, { dialect, token: await tokenFor(['t:**']) })
    const handle = client.subscribe(['t:A', 'u:A'], {}, () => {})
    await eventually(() => expect(client.record('t:A')).toEqual({ bid: '1' }))
    expect(client.identity).toMatchObject({ subject: 'alice', expiresAt: expect.any(Number) })
    expect(handle.fault).toMatchObject({ name: 'not_allowed' })
    expect(names('fault')).toMatchObject([['fault', { name: 'not_allowed', topic: 'u:A' }]])
  },
)

test('a token is renewed before it expires, on the same connection; what is lost then goes', async () => {
  const server = await serve()
  const tokens = [await brief(30), await brief(3_600, ['t:**'])]
  const { client, names } = connect(server.url, { token: () => tokens.shift()! })
  const handle = client.subscribe(['t:A', 'u:*'], {}, () => {})
  await eventually(() => expect(names('identity')).toHaveLength(2))
  await eventually(() => expect(handle.fault).toMatchObject({ name: 'not_allowed' }))
  expect([client.record('t:A'), client.record('u:A')]).toEqual([{ bid: '1' }, undefined])
  expect([names('expiring').length, names('open').length, names('stale').length]).toEqual([1, 1, 0])
})

test('a token that does not serve any more: a new one, of a new connection', async () => {
  const server = await serve({ TICKWIRE_AUTH_NOTICE_MS: '1000' })
  // The server goes on for some seconds beyond it.
  let good = await brief(0)
  const token = async () => good
  const { client, names } = connect(server.url, { token })
  client.subscribe('t:*', {}, () => {})
  await eventually(() => expect(names('identity').length).toBeGreaterThan(0))
  good = await tokenFor(['t:**'])
  await eventually(() => expect(client.identity?.expiresAt).toBeGreaterThan(Date.now()), {
    timeoutMs: 15_000,
  })
  expect(client.record('t:A')).toEqual({ bid: '1' })
}, 30_000)

test('a bad token ends it, and is in nothing that is told', async () => {
  const server = await serve()
  const bad = await tokenFor(['t:**'], {
    key: new TextEncoder().encode('another secret of 32 characters!'),
  })
  const { client, told } = connect(server.url, { token: bad })
  await eventually(() => expect(client.state).toBe('closed'))
  expect(JSON.stringify(told)).toContain('bad_token')
  expect(JSON.stringify(told)).not.toContain(bad)
})

/** What stands before a server, passes on what comes, and says that it goes away when a test wants it to. */
async function gate(server: TestServer) {
  const front = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: ([one]) => one!,
  })
  onTestFinished(() => front.close())
  const socketOf = new Set<WebSocket>()
  front.on('connection', (socket, request) => {
    socketOf.add(socket)
    const back = new WebSocket(`${server.url}${request.url}`, socket.protocol)
    back.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
    socket.on('message', (data, isBinary) => back.send(data, { binary: isBinary }))
    socket.on('close', (code) => {
      socketOf.delete(socket)
      closes.push(code)
      back.terminate()
    })
  })
  const closes: number[] = []
  await eventually(() => front.address() !== null)
  const { port } = front.address() as { port: number }
  const goaway = '[{"type":"goaway","reason":"restart","reconnectMs":[0,200]}]'
  return {
    url: `ws://127.0.0.1:${port}`,
    closes,
    leave: () => {
      for (const socket of socketOf) socket.send(goaway)
    },
  }
}

test('a server that goes away is left for the next one without a gap', async () => {
  const [old, next] = [await serve(), await serve()]
  next.source.update('t:A', { bid: '1', left: true })
  const front = await gate(old)
  let target = front.url
  const { client, names } = connect('ws://anywhere', {
    token: () => tokenFor(['t:**']),
    WebSocket: class extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url.replace('ws://anywhere', target), protocols)
      }
    },
  })
  client.subscribe('t:*', {}, () => {})
  await eventually(() => expect(client.isLive && client.record('t:A')).toEqual({ bid: '1' }))
  target = next.url
  front.leave()
  await eventually(() => expect(client.record('t:A')).toEqual({ bid: '1', left: true }))
  await eventually(() => expect(front.closes).toEqual([1000]))
  expect([client.isLive, client.stats.reconnects]).toEqual([true, 1])
  expect([names('stale'), names('reconnecting'), names('identity').length]).toEqual([[], [], 2])
})

test.each([
  {
    how: 'the environment',
    env: async () => ({ TICKWIRE_TOKEN: await tokenFor(['t:**']) }),
    args: [],
  },
  { how: 'a file', env: async () => ({}), args: ['--token-file'] },
])('tail takes its token from $how', async ({ env, args }) => {
  const server = await serve()
  const { path, remove } = await temporaryFile('token', `${await tokenFor(['t:**'])}\n`)
  onTestFinished(remove)
  const from = args.length === 0 ? [] : [...args, path]
  const program = tickwire(
    ['tail', '--url', `${server.url}/ws`, '--count', '1', ...from, 't:A', 'u:A'],
    await env(),
  )
  onTestFinished(() => program.stop())
  expect(await program.ended(), program.stderr).toBe(0)
  expect(JSON.parse(program.stdout)).toMatchObject({ topic: 't:A', data: { bid: '1' } })
  expect(program.stderr).toMatch(/^tickwire: u:A: .*\(not_allowed\)\n$/)
})

test.each([
  {
    why: 'none',
    token: async () => '',
    says: /wants a token: put it into TICKWIRE_TOKEN .*\(auth_required\)/,
  },
  {
    why: 'a bad one',
    token: async () => 'eyJ.bad.one',
    says: /the token is not accepted.* \(bad_token\)/,
  },
  { why: 'one for other topics', token: () => tokenFor(['u:**']), says: /t:A: .*\(not_allowed\)/ },
])('tail with $why says so, and ends with 1', async ({ token, says }) => {
  const server = await serve()
  const value = await token()
  const program = tickwire(['tail', '--url', `${server.url}/ws`, 't:A'], { TICKWIRE_TOKEN: value })
  onTestFinished(() => program.stop())
  expect(await program.ended()).toBe(1)
  expect(program.stderr).toMatch(says)
  expect(program.stderr.trimEnd().split('\n')).toHaveLength(1)
  if (value !== '') expect(program.stderr).not.toContain(value)
})

test('tail refuses a file that is not there', async () => {
  const program = tickwire(['tail', '--token-file', '/nowhere/token', 't:A'])
  expect(await program.ended()).toBe(2)
  expect(program.stderr).toContain('--token-file: ENOENT')
})
