/**
 * The json dialect: text frames, for browsers and for reading by eye. @hot
 */
import type { Data, Dialect } from './dialect.ts'
import { ProtocolError } from './faults.ts'
import { type Message, type Mode, PROTOCOL } from './messages.ts'

const COMMA = 0x2c
const OPEN = 0x5b
const CLOSE = 0x5d
const CLOSE_OBJECT = 0x7d

/** Scratch for encodeData: a record's text is bounded, but rarely larger than this. */
let scratch = Buffer.allocUnsafeSlow(4096)

export const jsonDialect: Dialect = {
  name: 'json',
  subprotocol: `${PROTOCOL}.json`,
  isBinary: false,

  encode(message: Message): Uint8Array {
    return Buffer.from(JSON.stringify([message]))
  },

  encodeData(mode: Mode, topic: string, seq: number, data: Data): Uint8Array {
    // A topic's name needs no escapes (market/topic-name.ts), so only the record costs a stringify.
    const text = `[{"type":"${mode}","topic":"${topic}","seq":${seq},"data":${JSON.stringify(data)}}]`
    // UTF-8 takes at most three bytes for a UTF-16 unit.
    if (text.length * 3 > scratch.length) scratch = Buffer.allocUnsafeSlow(text.length * 6)
    return scratch.subarray(0, scratch.write(text))
  },

  encodeText(topic: string, seq: number, record: Uint8Array, target: Buffer): number {
    const begin = target.write(
      `[{"type":"full","topic":"${topic}","seq":${seq},"data":`,
      0,
      'latin1',
    )
    target.set(record, begin)
    const end = begin + record.length
    target[end] = CLOSE_OBJECT
    target[end + 1] = CLOSE
    return end + 2
  },

  decodeRequest(bytes: Uint8Array): unknown {
    try {
      return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString())
    } catch (cause) {
      throw new ProtocolError('bad_request', 'not JSON', { cause })
    }
  },

  headerBytes: 1,

  append(target: Uint8Array, end: number, frame: Uint8Array): number {
    // `[` of this frame falls on `]` of the one before, and becomes the comma between them.
    target.set(frame, end - 1)
    target[end - 1] = COMMA
    return end + frame.length - 1
  },

  seal(target: Uint8Array, at: number): void {
    target[at] = OPEN
  },
}
