/**
 * Frames: a parser of what a WebSocket server sends, without copies where a frame lies in one chunk. It knows whole
 * unmasked frames, which is all that the servers of the benches send.
 */
import { CLOSE, PING } from '../../test/support/raw-client.ts'

const NOTHING = Buffer.alloc(0)

export interface FrameSink {
  /** A data frame lies in bytes[from, to); valid until the call returns. */
  data(bytes: Buffer, from: number, to: number): void
  ping(payload: Buffer): void
  close(): void
}

export class FrameParser {
  private readonly sink: FrameSink
  /** The beginning of a frame whose end has not come. */
  private rest = NOTHING

  constructor(sink: FrameSink) {
    this.sink = sink
  }

  /** Takes the next bytes; the chunk may be reused once the call has returned. */
  feed(chunk: Buffer): void {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk])
    let at = 0
    for (;;) {
      const end = this.take(bytes, at)
      if (end === at) break
      at = end
    }
    this.rest = at === bytes.length ? NOTHING : Buffer.from(bytes.subarray(at))
  }

  /** Hands over the frame that begins at `at` and returns its end; `at` where it is not complete. */
  private take(bytes: Buffer, at: number): number {
    const { length } = bytes
    if (at + 2 > length) return at
    let from = at + 2
    let size = bytes[at + 1]! & 0x7f
    if (size === 126) {
      if (from + 2 > length) return at
      size = bytes.readUInt16BE(from)
      from += 2
    } else if (size === 127) {
      if (from + 8 > length) return at
      size = Number(bytes.readBigUInt64BE(from))
      from += 8
    }
    const to = from + size
    if (to > length) return at
    const opcode = bytes[at]! & 0x0f
    if (opcode === PING) this.sink.ping(bytes.subarray(from, to))
    else if (opcode === CLOSE) this.sink.close()
    else this.sink.data(bytes, from, to)
    return to
  }
}
