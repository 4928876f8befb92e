/**
 * The msgpack dialect: binary frames of standard MessagePack, for any library. @hot
 * Integers above 2^32, such as times in ms, travel as float64: exact up to 2^53.
 */
import { Packr, RESET_BUFFER_MODE } from 'msgpackr'
import { standingOf } from '../market/msgpack-scan.ts'
import type { Data, Dialect } from './dialect.ts'
import { ProtocolError } from './faults.ts'
import { type Message, type Mode, PROTOCOL } from './messages.ts'

const ARRAY16 = 0xdc

const packr = new Packr({
  useRecords: false,
  variableMapSize: true,
  mapsAsObjects: true,
  int64AsType: 'number',
  // A field may be called toJSON, and its text is not to be called as a function.
  useToJSON: false,
})

/** Filled anew for each data message: no literal per encoding. */
const one: [{ type: Mode; topic: string; seq: number; data: Data }] = [
  { type: 'full', topic: '', seq: 0, data: {} },
]

export const msgpackDialect: Dialect = {
  name: 'msgpack',
  subprotocol: `${PROTOCOL}.msgpack`,
  isBinary: true,

  encode(message: Message): Uint8Array {
    return packr.pack([message])
  },

  encodeData(mode: Mode, topic: string, seq: number, data: Data): Uint8Array {
    const message = one[0]
    message.type = mode
    message.topic = topic
    message.seq = seq
    message.data = data
    // The same offset is packed over at the next call: the caller has copied by then.
    return packr.pack(one, RESET_BUFFER_MODE)
  },

  encodeText: null,

  decodeRequest(bytes: Uint8Array): unknown {
    const standing = standingOf(bytes)
    if (standing !== 'plain') {
      const what = standing === 'extended' ? 'MessagePack without extensions' : 'MessagePack'
      throw new ProtocolError('bad_request', `not ${what}`)
    }
    try {
      return packr.unpack(bytes)
    } catch (cause) {
      throw new ProtocolError('bad_request', 'not MessagePack', { cause })
    }
  },

  headerBytes: 3,

  append(target: Uint8Array, end: number, frame: Uint8Array): number {
    // A frame of one begins with one byte, the array's header. It falls on the last byte of the message before.
    const last = target[end - 1]!
    target.set(frame, end - 1)
    target[end - 1] = last
    return end + frame.length - 1
  },

  seal(target: Uint8Array, at: number, count: number): void {
    target[at] = ARRAY16
    target[at + 1] = count >> 8
    target[at + 2] = count & 0xff
  },
}
