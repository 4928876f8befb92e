/**
 * Handshakes that end badly: goal: whatever a client does while its token is being checked, its place is given back, and
 * once. Method: hundreds of real sockets that leave, reset, go on talking or ask twice at different moments; then there
 * must be room for exactly as many connections as the setting says.
 */
import { expect, onTestFinished, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { greeted, refusal } from '../support/handshakes.ts'
import { frame, handshake, RawClient } from '../support/raw-client.ts'
import { metricOf } from '../support/serve.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { AUTH_ENV, tokenFor } from '../support/tokens.ts'

const PLACES = 40
const ROUNDS = 12

async function serve(admission: string): Promise<TestServer> {
  const server = await startServer({
    ...AUTH_ENV,
    TICKWIRE_MAX_CONNECTIONS: String(PLACES),
    TICKWIRE_MAX_CONNECTIONS_PER_ADDRESS: String(2 * PLACES),
    TICKWIRE_ADMISSION: admission,
  })
  onTestFinished(() => server.stop())
  return server
}

const withToken = (token: string) =>
  handshake('json').replace('\r\n\r\n', `\r\nAuthorization: Bearer ${token}\r\n\r\n`)
const listWith = (token: string) =>
  `GET /api/v1/ticker HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n\r\n`

/** What a client sends, and how it goes. */
const WAYS: readonly ((client: RawClient, good: string, bad: string) => void)[] = [
  (client, good) => client.send(withToken(good)),
  (client, _, bad) => client.send(withToken(bad)),
  (client, good, bad) => client.send(withToken(good) + withToken(good) + withToken(bad)),
  // Refused before the turn is over: it is not even a token.
  (client) => client.send(withToken('abc') + withToken('abc')),
  (client) => client.send(Buffer.concat([Buffer.from(withToken('abc')), frame('{}')])),
  (client, good) => client.send(listWith('a.b.c') + withToken(good)),
  (client, good) => client.send(listWith(good) + withToken(good)),
  (client, good) => client.send(withToken(good) + listWith(good)),
  (client, good) => client.send(Buffer.concat([Buffer.from(withToken(good)), frame('{}')])),
  (client, good) => {
    client.send(withToken(good))
    client.socket.end()
  },
  (client, good) => {
    client.send(withToken(good))
    client.socket.resetAndDestroy()
  },
  (client, good) => {
    client.send(withToken(good))
    setImmediate(() => client.destroy())
  },
  (client, good) => client.send(withToken(good).slice(0, 80)),
]

test.each(['refuse', 'close'])('their places are free again (%s)', async (admission) => {
  const server = await serve(admission)
  const good = await tokenFor(['**'])
  const bad = await tokenFor(['**'], { key: Buffer.alloc(32, 'x') })
  for (let round = 0; round < ROUNDS; round++) {
    const clients = await Promise.all(
      WAYS.map(async (way) => {
        const client = await RawClient.connect(server.port)
        way(client, good, bad)
        return client
      }),
    )
    // Some go before they are answered, some after.
    if (round % 2 === 0) await eventually(() => clients[0]!.received.includes('hello'))
    for (const client of clients) client.destroy()
  }
  await eventually(async () => (await metricOf(server, 'tickwire_connections')) === 0)
  const offered = ['tickwire.v1.json', `bearer.${good}`]
  const all: Awaited<ReturnType<typeof greeted>>[] = []
  for (let i = 0; i < PLACES; i++) {
    all.push(await eventually(() => greeted(`${server.url}/ws`, offered)))
  }
  expect(all.map(({ data }) => data.toString().includes('"auth":"done"'))).not.toContain(false)
  const refused = 'tickwire_handshakes_refused_total{fault="server_full"}'
  const before = await metricOf(server, refused)
  await refusal(`${server.url}/ws`, offered).catch(() => {}) // let in to be closed, with `close`
  expect(await metricOf(server, refused)).toBe(before + 1)
  for (const { socket } of all) socket.terminate()
})
