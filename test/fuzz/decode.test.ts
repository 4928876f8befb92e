/**
 * Fuzz, publishers' payloads: goal: whatever comes, decode() gives updates that keep their promises, or a reason, and
 * takes nothing for MessagePack that a strict reader does not. Method: test/support/fuzz.ts.
 */
import { isDeepStrictEqual } from 'node:util'
import { type Decoded, decode, MALFORMED_REASONS } from '../../src/ingest/decode.ts'
import {
  FIELD_CHARS_MAX,
  FIELD_NAME_CHARS_MAX,
  FIELDS_MAX,
  type Update,
} from '../../src/market/record.ts'
import { fuzz, must, one } from '../support/fuzz.ts'
import { around } from '../support/fuzz-inputs.ts'
import { PAST_MSGPACK } from '../support/fuzz-past.ts'
import { PAYLOADS } from '../support/fuzz-samples.ts'
import { readMsgpack } from '../support/msgpack-reader.ts'

const REASONS: ReadonlySet<unknown> = new Set(MALFORMED_REASONS)

fuzz('decode a payload', {
  make: around(PAYLOADS),
  check: one((payload) => {
    const before = Buffer.from(payload)
    const decoded = decode(payload)
    must(before.equals(payload), 'the payload is left alone')
    for (const entry of Array.isArray(decoded) ? decoded : [decoded]) requireGood(entry)
    // Where a key comes twice, the first one's value may have been anything.
    const isWhole =
      typeof decoded === 'object' && mapSizeOf(payload) === Object.keys(decoded).length
    if (isWhole) requireStandard(payload, decoded as Update)
  }),
  past: PAST_MSGPACK,
})

/** What market, fan-out and clients rely on. */
function requireGood(entry: Decoded): void {
  if (typeof entry === 'string') return must(REASONS.has(entry), `${entry} is a reason`)
  must(Object.getPrototypeOf(entry) === Object.prototype, 'an update is a plain object')
  const fields = Object.entries(entry)
  must(fields.length > 0 && fields.length <= FIELDS_MAX, 'it has a good number of fields')
  for (const [name, value] of fields) {
    must(name !== '' && name !== '__proto__', 'it has good names')
    must(name.length <= FIELD_NAME_CHARS_MAX && name.isWellFormed(), 'it has short names')
    if (typeof value === 'string') {
      must(value.length <= FIELD_CHARS_MAX && value.isWellFormed(), 'its texts are good')
    } else if (typeof value === 'number') must(Number.isFinite(value), 'its numbers are finite')
    else must(value === null || typeof value === 'boolean', 'its values are scalars')
  }
  const { seq, ts } = entry
  must(seq == null || (Number.isSafeInteger(seq) && seq >= 0 && seq <= 2 ** 52), 'seq is good')
  must(ts == null || typeof ts === 'number', 'ts is a number')
}

/** What the strict reader does not take and decode() may: other keys than texts, any twice, and other sizes of numbers. */
const LENIENT = /^key |^type 0x(c[456af]|d3) /

function requireStandard(payload: Buffer, decoded: Update): void {
  let read: unknown
  try {
    read = readMsgpack(payload)
  } catch (error) {
    if (error instanceof Error && LENIENT.test(error.message)) return
    throw error
  }
  must(isDeepStrictEqual(plain(read), plain(decoded)), 'it is read as others read it')
}

/** How many keys a MessagePack map of usual size claims to have; NaN for what is none. */
function mapSizeOf(payload: Buffer): number {
  const first = payload[0]!
  if (first >= 0x80 && first < 0x90) return first & 0x0f
  return first === 0xde && payload.length > 2 ? payload.readUInt16BE(1) : Number.NaN
}

/** Without the difference between 0 and -0. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
