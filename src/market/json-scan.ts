/**
 * JSON scan: where a scalar ends in the bytes of a JSON text, for layout.ts. Pure. @hot
 * Knows less than a parser, on purpose: what it takes is a scalar that ingest/decode.ts takes; what it does not take
 * may well be one.
 */
import { FIELD_CHARS_MAX } from './record.ts'

/** Where a value ends that is none: every comparison of the byte there fails. */
export const NOWHERE = -1

const QUOTE = 0x22
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const FIRST_PRINTABLE = 0x20
const PRINTABLES = 0x7e - FIRST_PRINTABLE
const BACKSLASH = 0x5c
const SMALL_F = 0x66
const SMALL_T = 0x74

/** More than a number keeps, and far from what would be infinite. */
const DIGITS_MAX = 20

/** Where the scalar ends that begins at `at`; NOWHERE if it is none, or may be none. @hot */
export function endOfValue(payload: Uint8Array, at: number): number {
  const first = payload[at]
  if (first === QUOTE) return endOfText(payload, at + 1)
  if (first === SMALL_T) return endOfWord(payload, at, 'true')
  if (first === SMALL_F) return endOfWord(payload, at, 'false')
  return endOfNumber(payload, at)
}

function endOfText(payload: Uint8Array, at: number): number {
  for (let i = at; i < payload.length; i++) {
    const byte = payload[i]!
    if (byte === QUOTE) return i - at <= FIELD_CHARS_MAX ? i + 1 : NOWHERE
    if (!isPlainByte(byte)) return NOWHERE
  }
  return NOWHERE
}

function endOfWord(payload: Uint8Array, at: number, word: string): number {
  for (let i = 0; i < word.length; i++) {
    if (payload[at + i] !== word.charCodeAt(i)) return NOWHERE
  }
  return at + word.length
}

/** JSON's numbers, but for those that have an exponent or very many digits. @hot */
export function endOfNumber(payload: Uint8Array, at: number): number {
  const begin = payload[at] === MINUS ? at + 1 : at
  const whole = endOfDigits(payload, begin)
  if (whole === begin || (payload[begin] === ZERO && whole > begin + 1)) return NOWHERE
  const end = payload[whole] === DOT ? endOfDigits(payload, whole + 1) : whole
  if (end === whole + 1 || end - begin > DIGITS_MAX + 1) return NOWHERE
  return end
}

function endOfDigits(payload: Uint8Array, at: number): number {
  let end = at
  while (end < payload.length && payload[end]! >= ZERO && payload[end]! <= NINE) end++
  return end
}

/** Whether a text stands in JSON as it is, one byte a character. */
export function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE || !isPlainByte(code)) return false
  }
  return true
}

export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function isPlainByte(byte: number): boolean {
  // One comparison for both ends of what can be printed: this is half of what a payload costs.
  return (byte - FIRST_PRINTABLE) >>> 0 <= PRINTABLES && byte !== BACKSLASH
}
