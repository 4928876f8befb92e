/**
 * Decode: bytes from a publisher -> checked updates. The second hop. Never throws. @hot
 * JSON object, MessagePack map, or an array of them. The first byte tells which: in MessagePack, the bytes that begin
 * a JSON text are small integers, which are no payload.
 */
import { isAscii, isUtf8 } from 'node:buffer'
import { Unpackr } from 'msgpackr'
import { standingOf } from '../market/msgpack-scan.ts'
import {
  FIELD_CHARS_MAX,
  FIELD_NAME_CHARS_MAX,
  FIELDS_MAX,
  PAYLOAD_BYTES_MAX,
  SEQ_FIELD,
  type Update,
} from '../market/record.ts'

/** Above this, adding one to a number may not change it; half of it leaves room for restarts (market/numbering.ts). */
const SEQ_MAX = 2 ** 52

export const MALFORMED_REASONS = [
  'empty',
  'too_large',
  'not_utf8',
  'not_json',
  'not_msgpack',
  'not_an_object',
  'too_many_fields',
  'bad_field_name',
  'bad_field_value',
  'not_finite',
  'bad_seq',
  'bad_ts',
] as const
export type MalformedReason = (typeof MALFORMED_REASONS)[number]

/** One update, or why it is none; a batch gives one of either for each of its entries. */
export type Decoded = Update | MalformedReason

const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' })

/** Reads a publisher's payload. Keeps no reference to `payload`. */
export function decode(payload: Buffer): Decoded | Decoded[] {
  if (payload.length === 0) return 'empty'
  if (payload.length > PAYLOAD_BYTES_MAX) return 'too_large'
  return isJson(payload[0]!) ? decodeJson(payload) : checkAll(parseMsgpack(payload), false)
}

function decodeJson(payload: Buffer): Decoded | Decoded[] {
  // Most payloads are plain ASCII: cheaper to read, and free of whatever only an escape could bring in.
  if (!isAscii(payload))
    return isUtf8(payload) ? checkAll(parseJson(payload.toString('utf8')), false) : 'not_utf8'
  const text = payload.toString('latin1')
  return checkAll(parseJson(text), !text.includes('\\'))
}

function checkAll(value: unknown, isSafeText: boolean): Decoded | Decoded[] {
  if (!Array.isArray(value)) return check(value, isSafeText)
  return value.length === 0 ? 'empty' : value.map((entry) => check(entry, isSafeText))
}

function isJson(first: number): boolean {
  // { [ space tab newline return
  return first === 0x7b || first === 0x5b || first === 0x20 || (first >= 0x09 && first <= 0x0d)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return 'not_json'
  }
}

function parseMsgpack(payload: Buffer): unknown {
  const standing = standingOf(payload)
  if (standing !== 'plain') return standing === 'extended' ? 'bad_field_value' : 'not_msgpack'
  try {
    return unpackr.unpack(payload)
  } catch {
    return 'not_msgpack'
  }
}

/**
 * A parser's verdict passes through: as a value, a text would not be an object either. `isSafeText`: all of its texts
 * are known to be well formed.
 */
function check(value: unknown, isSafeText: boolean): Decoded {
  if (typeof value === 'string' && isReason(value)) return value
  if (typeof value !== 'object' || value === null || !isPlain(value)) return 'not_an_object'
  const update = value as { [field: string]: unknown }
  let count = 0
  for (const name in update) {
    if (++count > FIELDS_MAX) return 'too_many_fields'
    if (name.length === 0 || name.length > FIELD_NAME_CHARS_MAX) return 'bad_field_name'
    // msgpackr turns __proto__ into __proto_ on its own: refuse both rather than rename a field.
    if (name.startsWith('__proto_') || !(isSafeText || isText(name))) return 'bad_field_name'
    const field = update[name]
    switch (typeof field) {
      case 'string':
        if (field.length > FIELD_CHARS_MAX) return 'bad_field_value'
        if (!isSafeText && !isText(field)) return 'not_utf8'
        break
      case 'number':
        if (!Number.isFinite(field)) return 'not_finite'
        break
      case 'boolean':
        break
      default:
        if (field !== null) return 'bad_field_value'
    }
  }
  if (count === 0) return 'empty'
  return checkEvent(update)
}

function checkEvent(update: { [field: string]: unknown }): Decoded {
  const { ts } = update
  const seq = update[SEQ_FIELD]
  if (ts !== undefined && ts !== null && typeof ts !== 'number') return 'bad_ts'
  if (seq !== undefined && seq !== null) {
    if (!Number.isSafeInteger(seq)) return 'bad_seq'
    if ((seq as number) < 0 || (seq as number) > SEQ_MAX) return 'bad_seq'
  }
  return update as Update // every field has been found to be a scalar or null above
}

/**
 * Whether UTF-8 can carry the text: half a surrogate pair (from a JSON escape) cannot, and the replacement character
 * is what msgpackr makes of bytes that are not UTF-8. Free for Latin-1 text.
 */
function isText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\uFFFD')
}

function isPlain(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype
}

const REASONS: ReadonlySet<string> = new Set(MALFORMED_REASONS)
function isReason(text: string): text is MalformedReason {
  return REASONS.has(text)
}
