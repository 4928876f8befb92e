/**
 * Wires: how each kind of server is spoken to: the handshake, the subscription, and the few frames that hold no values.
 * tickwire sends arrays of messages, raw controls a `{"type":"result"}` and payloads, socket.io its packets as text.
 */
import { randomBytes } from 'node:crypto'
import { pack, unpack } from 'msgpackr'
import { BINARY, TEXT } from '../../test/support/raw-client.ts'
import type { Params } from '../scenario/scenario.ts'
import { clientFrame } from './frames.ts'
import { JsonScanner, type MarkScanner, MsgpackScanner } from './marks.ts'
import type { Wire } from './receivers.ts'

/** What a frame without values asks of a client. */
export type Step =
  | { readonly send: Buffer }
  /** The subscription is made; these topics have a value that will follow. */
  | { readonly held: readonly string[] }
  /** Come back after so many ms, between the two. */
  | { readonly reconnectMs: readonly [number, number] }
  | { readonly refused: string }

export interface Dialogue {
  readonly scanner: MarkScanner
  /** The handshake's request. */
  request(url: URL): string
  /** Frames to send once it has been answered. */
  opening(topics: readonly string[], params: Params): Buffer | null
  /** Reads a frame; null where there is nothing to do. */
  read(frame: Buffer, topics: readonly string[]): Step | null
}

interface Outcome {
  readonly topic: string
  readonly held?: boolean
  readonly error?: { readonly message: string }
}

interface Message {
  readonly type?: string
  readonly message?: string
  readonly topics?: readonly Outcome[]
  readonly reconnectMs?: readonly [number, number]
}

const SUBPROTOCOL = 'tickwire.v1.'

export function dialogueOf(wire: Wire): Dialogue {
  switch (wire) {
    case 'json':
      return {
        scanner: new JsonScanner(),
        request: (url) => upgradeRequest(url, `${SUBPROTOCOL}json`),
        opening: (topics, params) => text(JSON.stringify(subscription(topics, params))),
        read: (frame) => stepOf(JSON.parse(frame.toString())),
      }
    case 'msgpack':
      return {
        scanner: new MsgpackScanner(),
        request: (url) => upgradeRequest(url, `${SUBPROTOCOL}msgpack`),
        opening: (topics, params) => clientFrame(BINARY, pack(subscription(topics, params))),
        read: (frame) => stepOf(unpack(frame)),
      }
    case 'socket.io':
      return {
        scanner: new JsonScanner(),
        request: (url) => upgradeRequest(withEngine(url), null),
        opening: () => null,
        read: (frame, topics) => packetStep(frame.toString(), topics),
      }
  }
}

function subscription(topics: readonly string[], params: Params): object {
  return { id: 1, method: 'subscribe', params: { topics, ...params } }
}

function stepOf(parsed: unknown): Step | null {
  for (const message of (Array.isArray(parsed) ? parsed : [parsed]) as Message[]) {
    const { type, topics = [] } = message
    if (type === 'error') return { refused: message.message ?? 'an error' }
    if (type === 'goaway') return { reconnectMs: message.reconnectMs ?? [0, 0] }
    if (type !== 'result') continue
    const bad = topics.find(({ error }) => error !== undefined)
    if (bad !== undefined) return { refused: `${bad.topic}: ${bad.error!.message}` }
    return { held: topics.filter(({ held }) => held === true).map(({ topic }) => topic) }
  }
  return null
}

/** Packets of engine.io 4, and within its messages (4) those of socket.io 5. */
function packetStep(packet: string, topics: readonly string[]): Step | null {
  if (packet === '2') return { send: text('3') } // a ping
  if (packet.startsWith('0')) return { send: text('40') } // open: connect to the default namespace
  if (packet.startsWith('40')) return { send: text(`420${JSON.stringify(['subscribe', topics])}`) }
  if (packet.startsWith('430')) return { held: [] } // the acknowledgement that was asked for as 0
  return packet.startsWith('44') ? { refused: packet.slice(2) } : null
}

/** The server's default path, whatever the others' is; the query says websocket transport, engine.io 4. */
function withEngine(url: URL): URL {
  const all = new URL(url)
  all.pathname = '/socket.io/'
  all.searchParams.set('EIO', '4')
  all.searchParams.set('transport', 'websocket')
  return all
}

function upgradeRequest(url: URL, subprotocol: string | null): string {
  const lines = [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
  ]
  if (subprotocol !== null) lines.push(`Sec-WebSocket-Protocol: ${subprotocol}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}

function text(payload: string): Buffer {
  return clientFrame(TEXT, Buffer.from(payload))
}
