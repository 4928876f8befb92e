/**
 * Frames: a parser of what a WebSocket server sends, without copies where a frame lies in one chunk, and the few frames
 * that a client sends. It knows whole unmasked frames, which is all that the servers of the benches send. @hot
 */
import { CLOSE, PING } from '../../test/support/raw-client.ts'

const PONG = 10
/** Of an unmasked frame: two bytes and a length of eight. */
const HEADER_BYTES_MAX = 10
const INCOMPLETE = 0
/** What a server's whole frame has in its first byte's high half. */
const FINAL = 0x80
const MASKED = 0x80

export interface FrameSink {
  /** A data frame's payload lies in bytes[from, to); valid until the call returns. */
  data(bytes: Buffer, from: number, to: number): void
  /** Likewise. */
  ping(bytes: Buffer, from: number, to: number): void
  close(): void
}

/** What a server of the benches does not send. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

export class FrameParser {
  private readonly sink: FrameSink
  /** The beginning of a frame whose end has not come. */
  private rest: Buffer | null = null

  constructor(sink: FrameSink) {
    this.sink = sink
  }

  /** Takes the first `length` bytes of a chunk, which may be reused once the call has returned. */
  feed(chunk: Buffer, length: number): void {
    let at = this.rest === null ? 0 : this.complete(this.rest, chunk, length)
    while (at < length) {
      const size = frameBytes(chunk, at, length)
      if (size === INCOMPLETE || at + size > length) break
      this.take(chunk, at, at + size)
      at += size
    }
    if (at < length) this.rest = Buffer.from(chunk.subarray(at, length))
  }

  /** Adds to the frame that has begun; returns how much of the chunk it took. Copies that one frame alone. */
  private complete(rest: Buffer, chunk: Buffer, length: number): number {
    const header = Buffer.concat([rest, chunk.subarray(0, Math.min(length, HEADER_BYTES_MAX))])
    const size = frameBytes(header, 0, header.length)
    // A header that is still incomplete has taken the whole chunk.
    const taken = size === INCOMPLETE ? length : Math.min(size - rest.length, length)
    const frame = Buffer.concat([rest, chunk.subarray(0, taken)])
    const isWhole = size !== INCOMPLETE && frame.length === size
    this.rest = isWhole ? null : frame
    if (isWhole) this.take(frame, 0, size)
    return taken
  }

  private take(bytes: Buffer, at: number, to: number): void {
    const first = bytes[at]!
    const from = at + headerBytes(bytes, at)
    switch (first) {
      case FINAL | 1:
      case FINAL | 2:
        this.sink.data(bytes, from, to)
        break
      case FINAL | PING:
        this.sink.ping(bytes, from, to)
        break
      case FINAL | CLOSE:
        this.sink.close()
        break
      case FINAL | PONG:
        break
      default:
        throw new FrameError(`a frame that begins with 0x${first.toString(16)}`)
    }
  }
}

/** A frame as clients send it. Payloads of 64 KiB and more are not for them. */
export function clientFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload
  if (length > 0xffff) throw new FrameError(`a request of ${length} bytes`)
  const headerLength = length < 126 ? 2 : 4
  const frame = Buffer.allocUnsafe(headerLength + 4 + length)
  frame[0] = FINAL | opcode
  frame[1] = MASKED | (length < 126 ? length : 126)
  if (length >= 126) frame.writeUInt16BE(length, 2)
  const body = headerLength + 4
  frame.writeUInt32BE(Math.floor(Math.random() * 2 ** 32), headerLength)
  for (let i = 0; i < length; i++) frame[body + i] = payload[i]! ^ frame[headerLength + (i & 3)]!
  return frame
}

/** The answer to a ping, whose payload lies in bytes[from, to). */
export function pongFrame(bytes: Buffer, from: number, to: number): Buffer {
  return clientFrame(PONG, bytes.subarray(from, to))
}

/** How long the frame at `at` is, header included; INCOMPLETE where its header does not say so before `to`. */
function frameBytes(bytes: Buffer, at: number, to: number): number {
  if (at + 2 > to) return INCOMPLETE
  const length = bytes[at + 1]!
  if (length < 126) return 2 + length
  if (length === 126) return at + 4 > to ? INCOMPLETE : 4 + bytes.readUInt16BE(at + 2)
  if (length > 127) throw new FrameError('a masked frame')
  return at + HEADER_BYTES_MAX > to
    ? INCOMPLETE
    : HEADER_BYTES_MAX + Number(bytes.readBigUInt64BE(at + 2))
}

function headerBytes(bytes: Buffer, at: number): number {
  const length = bytes[at + 1]!
  return length < 126 ? 2 : length === 126 ? 4 : HEADER_BYTES_MAX
}
