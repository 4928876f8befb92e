/**
 * How the pinned uWebSockets.js reads requests: what docs/operations.md says of it, so that another build that does
 * better, or worse, is noticed. Bytes as they are, over real sockets, plain and with TLS.
 */
import { connect } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeCertificate, type TestCertificate } from '../support/certificate.ts'
import { eventually } from '../support/eventually.ts'
import { handshake, RawClient } from '../support/raw-client.ts'
import { startServer, type TestServer } from '../support/server.ts'

const ALIKE = 'Host: 127.0.0.1\r\n\r\n'
const GET = 'GET /api/v1/ticker HTTP/1.1\r\n'
const REQUESTS = {
  'a handshake': handshake('json'),
  'a handshake with a long line': handshake('json').replace('/ws', `/ws?a=${'b'.repeat(2_000)}`),
}

let plain: TestServer
let secure: TestServer
let certificate: TestCertificate

beforeAll(async () => {
  certificate = await makeCertificate('first')
  plain = await startServer()
  secure = await startServer(certificate.env)
})

afterAll(async () => {
  await Promise.all([plain?.stop(), secure?.stop()])
  await certificate?.remove()
})

test.each([
  { request: 'a handshake', isSecure: false },
  { request: 'a handshake', isSecure: true },
  { request: 'a handshake with a long line', isSecure: false },
  { request: 'a handshake with a long line', isSecure: true },
] as const)(
  '$request in two pieces (TLS: $isSecure) is refused at eleven places alone',
  async ({ request, isSecure }) => {
    const text = REQUESTS[request]
    const version = text.indexOf('HTTP/1.1')
    const broken = ['GET '.length, ...Array.from({ length: 10 }, (_, i) => version + i)]
    const cuts = placesOf(text, version)
    expect(cuts).toEqual(expect.arrayContaining(broken))
    const refused: number[] = []
    for (const cut of cuts) {
      const status = await statusOf([text.slice(0, cut), text.slice(cut)], isSecure)
      expect(status).toBeOneOf([101, 505])
      if (status === 505) refused.push(cut)
    }
    expect(refused).toEqual(broken)
  },
  60_000,
)

test.each([
  ['two different Hosts', `${GET}Host: a\r\nHost: b\r\n\r\n`, 200],
  [
    'two different Content-Lengths',
    `${GET}Content-Length: 0\r\nContent-Length: 5\r\n${ALIKE}`,
    200,
  ],
  ['a Transfer-Encoding it does not know', `${GET}Transfer-Encoding: xchunked\r\n${ALIKE}`, 200],
  ['a length and chunks', `${GET}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n${ALIKE}`, 400],
  ['a negative length', `${GET}Content-Length: -1\r\n${ALIKE}`, 400],
  ['lines without CR', 'GET / HTTP/1.1\nHost: a\n\n', 505],
  ['HTTP/1.0', `GET /api/v1/ticker HTTP/1.0\r\n${ALIKE}`, 505],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
  ['headers of 3.9 kB', `${GET}A: ${'b'.repeat(3_900)}\r\n${ALIKE}`, 200],
  ['headers of 4 KiB', `${GET}A: ${'b'.repeat(4_096)}\r\n${ALIKE}`, 431],
])('answers %s', async (_, request, status) => {
  expect(await statusOf([request], false)).toBe(status)
})

/** Where to cut: everywhere in a short request, in a long one around its line's ends and where TCP may cut it. */
function placesOf(text: string, version: number): number[] {
  const all = Array.from({ length: text.length - 1 }, (_, i) => i + 1)
  if (text.length < 1_000) return all
  return all.filter((i) => i < 16 || Math.abs(i - version) < 16 || i === 1_448 || i % 500 === 0)
}

/** The status of the answer to a request that comes in these pieces. */
async function statusOf(pieces: readonly string[], isSecure: boolean): Promise<number> {
  const client = await (isSecure ? overTls(secure.port) : overTcp(plain.port))
  try {
    for (const piece of pieces) {
      client.send(piece)
      await turns()
    }
    const answer = await eventually(() => {
      const found = /^HTTP\/1\.1 (\d{3})/.exec(client.received())
      return found ?? Promise.reject(new Error('no answer'))
    })
    return Number(answer[1])
  } finally {
    client.destroy()
  }
}

/**
 * The server is in this process: once its event loop has turned a few times, whatever had come was read, and the next
 * piece cannot be read together with it.
 */
async function turns(): Promise<void> {
  for (let i = 0; i < 4; i++) await new Promise(setImmediate)
}

interface Pieces {
  send(piece: string): void
  received(): string
  destroy(): void
}

async function overTcp(port: number): Promise<Pieces> {
  const client = await RawClient.connect(port)
  client.socket.setNoDelay(true)
  return {
    send: (piece) => client.send(piece),
    received: () => client.received.toString('latin1'),
    destroy: () => client.destroy(),
  }
}

/** Each piece is a TLS record of its own. */
function overTls(port: number): Promise<Pieces> {
  return new Promise((resolve, reject) => {
    let received = ''
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () =>
      resolve({
        send: (piece) => void socket.write(piece),
        received: () => received,
        destroy: () => socket.destroy(),
      }),
    )
    socket.setNoDelay(true)
    socket.on('error', reject)
    socket.on('data', (bytes: Buffer) => {
      received += bytes.toString('latin1')
    })
  })
}
