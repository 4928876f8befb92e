/**
 * Dialect: a way of writing messages as bytes. The contract that json and msgpack keep (test/contract/dialect.ts).
 *
 * A message is encoded once, as a frame that holds it alone. Frames of several messages are made by joining those
 * bytes: a dialect's array must begin with a header of known size and hold its elements one after the other, and a
 * frame of one message must spend exactly one byte on its header. That is all that joining has to know.
 */
import type { Fields, Scalar } from '../market/record.ts'
import type { Message, Mode } from './messages.ts'

export type DialectName = 'json' | 'msgpack'

export interface Dialect {
  readonly name: DialectName
  /** What a client offers as Sec-WebSocket-Protocol. */
  readonly subprotocol: string
  /** Whether its frames are binary ones, in both directions. */
  readonly isBinary: boolean

  /** A frame of one message. The bytes are the caller's to keep. */
  encode(message: Message): Uint8Array
  /** A frame of one `full` or `delta`. MUST be used before the next call: the bytes are overwritten. @hot */
  encodeData(mode: Mode, topic: string, seq: number, data: Data): Uint8Array
  /**
   * As encodeData(), a frame of one `full`, of a record that is at hand as JSON text (plain ASCII, no white space), and
   * from the beginning of `target`, which has room for the text, the topic's name and TEXT_SPARE_BYTES more. Returns
   * where the frame ends. The text travels as it is. null: this dialect writes no JSON, use encodeData(). @hot
   */
  readonly encodeText:
    | ((topic: string, seq: number, record: Uint8Array, target: Buffer) => number)
    | null
  /** One request, as plain values. Throws ProtocolError bad_request where the bytes are none. */
  decodeRequest(bytes: Uint8Array): unknown

  /** How far behind a joined frame's beginning its first message ends up. */
  readonly headerBytes: number
  /** Adds a one-message frame behind `end` (headerBytes behind the beginning at first); returns the new end. @hot */
  append(target: Uint8Array, end: number, frame: Uint8Array): number
  /** Writes the header of the joined frame at `at`, of `count` messages; it ends where the last append() said. @hot */
  seal(target: Uint8Array, at: number, count: number): void
}

/** What a data message holds beside its topic and its record takes less, in any dialect. */
export const TEXT_SPARE_BYTES = 128

/** A record, or what changed in it. */
export type Data = Fields | { readonly [field: string]: Scalar | null }
