/**
 * Marks: finds the marks of payloads (payload.ts) in a frame's bytes, and how old each is. @hot
 * Nothing is decoded: the name of the field is searched for, Horspool's way, and what stands behind it is read digit
 * by digit. In JavaScript that is cheaper than Buffer.indexOf, whose every call costs as much as a whole value here,
 * and it cannot run beyond the frame into what an earlier one has left in the buffer.
 */
import { MARK_CHARS, TOPIC_DIGITS } from './payload.ts'

export interface ValueSink {
  /** `ageUs` from when it was due to when the bytes were read: 0 to AGE_US_MAX. */
  value(topic: number, count: number, ageUs: number): void
}

export interface MarkScanner {
  /** When what is scanned from now on was read: us since the epoch. */
  readAt(nowUs: number): void
  /** Tells `sink` each value in bytes[from, to), in their order, and returns how many they were. */
  scan(bytes: Buffer, from: number, to: number, sink: ValueSink): number
}

/** A mark that is not followed by its time, or cut off: no server should do this to a record. */
export class MarkError extends Error {
  override readonly name = 'MarkError'
}

/** Half an hour and more. Ages stay small integers, which JavaScript need not allocate. */
export const AGE_US_MAX = 2 ** 31 - 1

/** A time is read in two halves, of which each is a small integer: `high` counts these. */
const HALF_US = 1e9
const MS_DIGITS = 13
const HIGH_DIGITS = 7
const FRACTION_DIGITS = 3

const ZERO = 0x30
const DOT = 0x2e

const JSON_MARK = Buffer.from('"mark":"')
const JSON_TS = Buffer.from('","ts":')
const MSGPACK_MARK = Buffer.concat([Buffer.from('\xa4mark', 'latin1'), Buffer.from([0xa0 + 11])])
const MSGPACK_TS = Buffer.from('\xa2ts\xcb', 'latin1')
const DOUBLE_BYTES = 8
/** What at least lies between a time and the mark of another message: its type, topic, seq and the name of its data. */
const JSON_GAP_BYTES = '}},{"type":"full","topic":"a:b","seq":1,"data":{'.length
const MSGPACK_GAP_BYTES = 32

abstract class Scanner implements MarkScanner {
  private nowHigh = 0
  private nowLow = 0
  private readonly needle: Buffer
  private readonly last: number
  /** How far the window may move, by the byte under its end. */
  private readonly shifts = new Uint8Array(256)
  private readonly gapBytes: number

  constructor(needle: Buffer, gapBytes: number) {
    this.needle = needle
    this.gapBytes = gapBytes
    const end = needle.length - 1
    this.last = needle[end]!
    this.shifts.fill(needle.length)
    for (let i = 0; i < end; i++) this.shifts[needle[i]!] = end - i
  }

  readAt(nowUs: number): void {
    this.nowHigh = Math.floor(nowUs / HALF_US)
    this.nowLow = Math.floor(nowUs - this.nowHigh * HALF_US)
  }

  scan(bytes: Buffer, from: number, to: number, sink: ValueSink): number {
    const { needle, last, shifts, gapBytes } = this
    const end = needle.length - 1
    let count = 0
    let at = from + end
    while (at < to) {
      const byte = bytes[at]!
      if (byte === last && endsAt(bytes, at, needle)) {
        at = this.read(bytes, at + 1, to, sink) + gapBytes + end
        count++
      } else at += shifts[byte]!
    }
    return count
  }

  /** Reads the value whose mark's digits begin at `at`; returns where it ends. */
  protected abstract read(bytes: Buffer, at: number, to: number, sink: ValueSink): number

  /** Microseconds from a time, given in halves, until now. */
  protected ageUs(high: number, low: number): number {
    const ageUs = (this.nowHigh - high) * HALF_US + this.nowLow - low
    // Due times have rounded fractions, so that one may seem to lie ahead.
    return ageUs <= 0 ? 0 : ageUs >= AGE_US_MAX ? AGE_US_MAX : ageUs
  }
}

export class JsonScanner extends Scanner {
  constructor() {
    super(JSON_MARK, JSON_GAP_BYTES)
  }

  protected override read(bytes: Buffer, at: number, to: number, sink: ValueSink): number {
    const tsAt = at + MARK_CHARS + JSON_TS.length
    if (tsAt + MS_DIGITS >= to) throw new MarkError('a mark is cut off')
    if (!endsAt(bytes, tsAt - 1, JSON_TS)) throw new MarkError('a mark without its ts')
    const high = seven(bytes, tsAt)
    let low = six(bytes, tsAt + HIGH_DIGITS)
    let end = tsAt + MS_DIGITS
    let missing = FRACTION_DIGITS
    if (bytes[end] === DOT) {
      for (end++; missing > 0 && end < to; end++, missing--) {
        const digit = bytes[end]! - ZERO
        if (digit < 0 || digit > 9) break
        low = low * 10 + digit
      }
    }
    for (; missing > 0; missing--) low *= 10
    tell(bytes, at, this.ageUs(high, low), sink)
    return end
  }
}

export class MsgpackScanner extends Scanner {
  constructor() {
    super(MSGPACK_MARK, MSGPACK_GAP_BYTES)
  }

  protected override read(bytes: Buffer, at: number, to: number, sink: ValueSink): number {
    const tsAt = at + MARK_CHARS + MSGPACK_TS.length
    const end = tsAt + DOUBLE_BYTES
    if (end > to) throw new MarkError('a mark is cut off')
    if (!endsAt(bytes, tsAt - 1, MSGPACK_TS)) throw new MarkError('a mark without its ts')
    const tsUs = Math.round(bytes.readDoubleBE(tsAt) * 1_000)
    const high = Math.floor(tsUs / HALF_US)
    tell(bytes, at, this.ageUs(high, tsUs - high * HALF_US), sink)
    return end
  }
}

function tell(bytes: Buffer, at: number, ageUs: number, sink: ValueSink): void {
  sink.value(three(bytes, at), seven(bytes, at + TOPIC_DIGITS + 1), ageUs)
}

/** Whether the needle's last byte lies at `at`, and the others before it. */
function endsAt(bytes: Buffer, at: number, needle: Buffer): boolean {
  for (let i = needle.length - 1; i >= 0; i--, at--) if (bytes[at] !== needle[i]) return false
  return true
}

// Digits one by one in a loop cost as much as the search does.

function three(bytes: Buffer, at: number): number {
  return bytes[at]! * 100 + bytes[at + 1]! * 10 + bytes[at + 2]! - ZERO * 111
}

function six(bytes: Buffer, at: number): number {
  return three(bytes, at) * 1_000 + three(bytes, at + 3)
}

function seven(bytes: Buffer, at: number): number {
  return six(bytes, at) * 10 + bytes[at + 6]! - ZERO
}
