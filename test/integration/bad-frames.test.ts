/**
 * Bad clients, part two: frames and handshakes that are none, sent over plain sockets. Each is a named fault or a
 * documented close, counted, and others go on receiving. uWebSockets.js cuts a connection that breaks the protocol
 * without a close frame, which is 1006 on both sides.
 */
import { expect, onTestFinished, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { BINARY, CLOSE, frame, handshake, PING, RawClient } from '../support/raw-client.ts'
import { metricOf, metricsOf } from '../support/serve.ts'
import { witnessed } from '../support/witness.ts'

const server = witnessed()

const REQUEST = '{"id":1,"method":"ping"}'
const MIB = 1024 * 1024
const HANDSHAKE_TIMEOUT_MS = 30_000

const hex = (text: string) => Buffer.from(text, 'hex')
const withBits = (bits: number) => {
  const bytes = frame(REQUEST)
  bytes[0]! |= bits
  return bytes
}
const part = (text: string, opcode: number) => frame(text, { opcode, isFinal: false })

const CUT: [what: string, bytes: Buffer][] = [
  ['text that is not UTF-8', frame(hex('7b22ff227d'))],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode): [string, Buffer] => {
    return [`the reserved opcode ${opcode}`, frame('', { opcode })]
  }),
  ['the reserved bit 1, compression', withBits(0x40)],
  ['the reserved bit 2', withBits(0x20)],
  ['the reserved bit 3', withBits(0x10)],
  ['a continuation of nothing', frame('x', { opcode: 0 })],
  ['a message within a message', Buffer.concat([part('{', 1), frame(REQUEST)])],
  ['a ping that is too long', frame('x'.repeat(126), { opcode: PING })],
  ['a ping in pieces', part('x', PING)],
  ['a frame of more than 2 MiB', frame('x'.repeat(2 * MIB + 1))],
  ['a frame that claims 1 TiB', frame('x', { claims: 2 ** 40 })],
  ['a frame that claims 8 EiB', frame('x', { claims: 2 ** 63 })],
  ['a message of many fragments, 3 MiB', many(part('x'.repeat(64_000), 0), 50)],
]

test.each(CUT)('%s cuts the connection', async (_, bytes) => {
  const name = 'tickwire_connections_closed_total{code="1006"}'
  const before = await metricOf(server(), name)
  const client = await open()
  client.send(bytes)
  expect(await client.closeCode()).toBe(1006)
  await eventually(async () => expect(await metricOf(server(), name)).toBe(before + 1))
})

/** Ends a message in fragments. */
const LAST = frame('', { opcode: 0 })
const TOO_LARGE: [what: string, bytes: Buffer][] = [
  ['a request over the limit', frame('x'.repeat(65_537))],
  ['a request of 2 MiB', frame('x'.repeat(2 * MIB))],
  ['a request of many fragments', Buffer.concat([many(part('x'.repeat(9_000), 0), 9), LAST])],
]

test.each(TOO_LARGE)('%s is closed with 1009', async (_, bytes) => {
  const name = 'tickwire_faults_total{fault="request_too_large"}'
  const before = await metricOf(server(), name)
  const client = await open()
  client.send(bytes)
  expect(await client.closeCode()).toBe(1009)
  expect(await metricOf(server(), name)).toBe(before + 1)
})

const MALFORMED: [what: string, dialect: string, bytes: Buffer][] = [
  ['binary garbage on json', 'json', frame(hex('81ff00c1'), { opcode: BINARY })],
  ['text on msgpack', 'msgpack', frame(REQUEST)],
  ['text that is not JSON', 'json', frame('subscribe ticker:*')],
  ['an empty text', 'json', frame('')],
  ['the byte that MessagePack never uses', 'msgpack', frame(hex('c1'), { opcode: BINARY })],
  ['truncated MessagePack', 'msgpack', frame(hex('82a2'), { opcode: BINARY })],
  ['lists that claim 65,535 each', 'msgpack', frame(hex('dcffff'.repeat(2e4)), { opcode: BINARY })],
  ['60,000 levels of lists', 'msgpack', frame(hex('91'.repeat(6e4)), { opcode: BINARY })],
  ['60,000 levels of JSON', 'json', frame('['.repeat(6e4))],
  // uWebSockets.js takes every frame for a masked one: the first four bytes become the mask, and the rest garbage.
  [
    'an unmasked frame',
    'json',
    Buffer.concat([frame(REQUEST, { isMasked: false }), hex('00000000')]),
  ],
]

test.each(MALFORMED)('%s is a bad request, and the next is answered', async (_, dialect, bytes) => {
  const name = 'tickwire_faults_total{fault="bad_request"}'
  const before = await metricOf(server(), name)
  const client = await open(dialect)
  client.send(bytes)
  await eventually(() => client.received.includes('bad_request'))
  expect(client.received.includes('pong')).toBe(false)
  expect(await metricOf(server(), name)).toBe(before + 1)
  const isBinary = dialect === 'msgpack'
  client.send(isBinary ? frame(packedPing(), { opcode: BINARY }) : frame(REQUEST))
  await eventually(() => client.received.includes('pong'))
})

test('a client that closes its half, or vanishes within a frame, is gone', async () => {
  const half = await open()
  half.socket.end(frame(REQUEST))
  await eventually(() => half.hasEnded)
  expect(half.received.includes('pong')).toBe(true)
  const vanished = await open()
  vanished.send(frame(REQUEST, { claims: 1_000 }))
  vanished.destroy()
  const rude = await open()
  rude.send(frame(hex('03'), { opcode: CLOSE }))
  expect(await rude.closeCode()).toBe(1006)
  await eventually(async () => expect(await metricOf(server(), 'tickwire_connections')).toBe(1))
})

const NO_HANDSHAKE: [what: string, bytes: string, answer: string][] = [
  ['garbage', '\x00\x01\x02\r\n\r\n', 'HTTP/1.1 505 '],
  ['a TLS greeting', '\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03\r\n\r\n', 'HTTP/1.1 505 '],
  ['a header of 100 kB', `GET /ws HTTP/1.1\r\nX: ${'x'.repeat(1e5)}`, 'HTTP/1.1 431 '],
  ['a key that is none', handshake('json').replace(/Key: .*/, 'Key: x'), 'HTTP/1.1 426 '],
  ['an unknown dialect', handshake('xml'), 'HTTP/1.1 400 '],
  ['a handshake by POST', handshake('json').replace('GET', 'POST'), 'HTTP/1.1 405 '],
]

test.each(NO_HANDSHAKE)('%s is no handshake', async (_, bytes, answer) => {
  const before = await metricOf(server(), 'tickwire_connections_opened_total')
  const client = await connect()
  client.send(Buffer.from(bytes, 'latin1'))
  await eventually(() => client.received.includes(answer))
  expect(await metricOf(server(), 'tickwire_connections_opened_total')).toBe(before)
})

test('a handshake that never ends is cut off', { timeout: HANDSHAKE_TIMEOUT_MS }, async () => {
  const silent = await connect()
  const halting = await connect()
  halting.send('GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\n')
  const hasEnded = () => silent.hasEnded && halting.hasEnded
  await eventually(hasEnded, { timeoutMs: HANDSHAKE_TIMEOUT_MS })
  expect((await metricsOf(server())).tickwire_connections).toBe(1)
})

async function open(dialect?: string): Promise<RawClient> {
  const client = await RawClient.open(server().port, dialect)
  onTestFinished(() => client.destroy())
  return client
}

async function connect(): Promise<RawClient> {
  const client = await RawClient.connect(server().port)
  onTestFinished(() => client.destroy())
  return client
}

/** A first fragment and continuations of the same. */
function many(fragment: Buffer, count: number): Buffer {
  const first = Buffer.from(fragment)
  first[0] = BINARY
  return Buffer.concat([first, ...Array.from({ length: count - 1 }, () => fragment)])
}

/** {"id":1,"method":"ping"} */
function packedPing(): Buffer {
  return Buffer.concat([hex('82a2696401a66d6574686f64a4'), Buffer.from('ping')])
}
