/**
 * Wire: how requests are written and frames are read in each dialect: the other side of protocol/dialect.ts.
 * The decoder is the build of msgpackr without `new Function`, which a strict Content-Security-Policy reports.
 */
// @ts-expect-error: this build comes without types; it has those of the package.
import * as untyped from 'msgpackr/unpack-no-eval'
import { type Message, PROTOCOL } from '../protocol/messages.ts'
import { type Packable, pack } from './pack.ts'
import { isMessage } from './shapes.ts'

export type WireName = 'json' | 'msgpack'

export interface WireRequest {
  readonly [name: string]: Packable
}

export interface Wire {
  readonly name: WireName
  /** What is offered as Sec-WebSocket-Protocol. */
  readonly subprotocol: string
  encode(request: WireRequest): string | Uint8Array<ArrayBuffer>
  /** The messages of a frame. Throws where it holds none. */
  decode(data: unknown): readonly Message[]
}

const { Unpackr } = untyped as typeof import('msgpackr/unpack')
const unpackr = new Unpackr({
  useRecords: false,
  mapsAsObjects: true,
  int64AsType: 'number',
  // References make few bytes an endless value.
  structuredClone: false,
})

const JSON_WIRE: Wire = {
  name: 'json',
  subprotocol: `${PROTOCOL}.json`,
  encode: (request) => JSON.stringify(request),
  decode(data) {
    if (typeof data !== 'string') throw new TypeError('a binary frame in the json dialect')
    return checked(JSON.parse(data))
  },
}

const MSGPACK_WIRE: Wire = {
  name: 'msgpack',
  subprotocol: `${PROTOCOL}.msgpack`,
  encode: (request) => pack(request),
  decode(data) {
    if (!(data instanceof ArrayBuffer)) throw new TypeError('a text frame in the msgpack dialect')
    return checked(unpackr.unpack(new Uint8Array(data)))
  },
}

export const WIRES: Readonly<Record<WireName, Wire>> = { json: JSON_WIRE, msgpack: MSGPACK_WIRE }

function checked(value: unknown): readonly Message[] {
  if (!Array.isArray(value) || !value.every(isMessage))
    throw new TypeError('not an array of messages')
  return value as Message[]
}
