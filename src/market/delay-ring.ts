/**
 * Delay ring: records on their way through a delay, oldest first. Pure; time comes in as an argument.
 * They stand as bytes one after the other in a few large pieces of memory: hundreds of thousands of them are nothing
 * that a garbage collector would have to look at, and each costs its own bytes and ENTRY_BYTES.
 */

/** What an entry takes beside its record: three doubles and two integers. */
export const ENTRY_BYTES = 32
/** Beside what the entries take, there are at most three of these: the first, the last and a spare one. */
export const CHUNK_BYTES = 256 * 1024

const VERSION_AT = 8
const AS_OF_AT = 16
const TOPIC_AT = 24
const LENGTH_AT = 28

interface Chunk {
  readonly bytes: Buffer
  /** How much of it is written. */
  end: number
}

/** What shift() took out. */
export interface Entry {
  /** As it was put in. */
  topic: number
  version: number
  asOfMs: number
  /** A view into the ring: valid until the next push(). */
  record: Uint8Array
}

export class DelayRing {
  /** What all entries take. */
  bytes = 0
  /** When the oldest entry was put in; Infinity without entries. */
  oldestAtMs = Number.POSITIVE_INFINITY
  private readonly chunks: Chunk[] = []
  private spare: Chunk | null = null
  /** Where the oldest entry begins in the first chunk. */
  private begin = 0
  private readonly entry: Entry = { topic: 0, version: 0, asOfMs: 0, record: new Uint8Array(0) }

  /** Puts in a copy of a record, as bytes or as text. `atMs` must not fall. Returns what that took. */
  push(
    atMs: number,
    topic: number,
    version: number,
    asOfMs: number,
    record: Uint8Array | string,
  ): number {
    const isText = typeof record === 'string'
    const length = isText ? Buffer.byteLength(record) : record.length
    const chunk = this.reserve(ENTRY_BYTES + length)
    const { bytes, end } = chunk
    bytes.writeDoubleLE(atMs, end)
    bytes.writeDoubleLE(version, end + VERSION_AT)
    bytes.writeDoubleLE(asOfMs, end + AS_OF_AT)
    bytes.writeUInt32LE(topic, end + TOPIC_AT)
    bytes.writeUInt32LE(length, end + LENGTH_AT)
    if (isText) bytes.write(record, end + ENTRY_BYTES)
    else bytes.set(record, end + ENTRY_BYTES)
    chunk.end += ENTRY_BYTES + length
    this.bytes += ENTRY_BYTES + length
    if (this.oldestAtMs === Number.POSITIVE_INFINITY) this.oldestAtMs = atMs
    return ENTRY_BYTES + length
  }

  /** Takes out the oldest entry; there must be one. The answer is used again by the next call. */
  shift(): Entry {
    const { entry, begin } = this
    const { bytes } = this.chunks[0]!
    const length = bytes.readUInt32LE(begin + LENGTH_AT)
    const end = begin + ENTRY_BYTES + length
    entry.version = bytes.readDoubleLE(begin + VERSION_AT)
    entry.asOfMs = bytes.readDoubleLE(begin + AS_OF_AT)
    entry.topic = bytes.readUInt32LE(begin + TOPIC_AT)
    entry.record = bytes.subarray(begin + ENTRY_BYTES, end)
    this.bytes -= ENTRY_BYTES + length
    this.advance(end)
    return entry
  }

  private advance(end: number): void {
    const chunk = this.chunks[0]!
    this.begin = end
    if (end === chunk.end) {
      this.begin = 0
      this.chunks.shift()
      chunk.end = 0
      if (chunk.bytes.length === CHUNK_BYTES) this.spare = chunk
    }
    const first = this.chunks[0]
    this.oldestAtMs =
      first === undefined ? Number.POSITIVE_INFINITY : first.bytes.readDoubleLE(this.begin)
  }

  /** The chunk that has room for so many bytes more. */
  private reserve(length: number): Chunk {
    const last = this.chunks.at(-1)
    if (last !== undefined && last.end + length <= last.bytes.length) return last
    const isLarge = length > CHUNK_BYTES
    const chunk = isLarge || this.spare === null ? create(length) : this.spare
    if (chunk === this.spare) this.spare = null
    this.chunks.push(chunk)
    return chunk
  }
}

function create(length: number): Chunk {
  return { bytes: Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, length)), end: 0 }
}
