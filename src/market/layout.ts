/**
 * Layout: how a publisher writes a topic's whole record as JSON: everything but the values. Pure. @hot
 * Most publishers send the same fields in the same order again and again. A payload that keeps to the layout is known
 * to be a good one, and to be the whole record, from one walk over its bytes: nobody has to parse it.
 * Holds: whatever matches() takes, ingest/decode.ts takes as well, with the layout's names in the layout's order. It
 *        takes plain ASCII without escapes alone; what else is good costs a parse, as it does elsewhere.
 */
import { endOfNumber, endOfValue, isPlain, isSpace, NOWHERE } from './json-scan.ts'
import { type Fields, PAYLOAD_BYTES_MAX, SEQ_FIELD } from './record.ts'

/** In the template, these stand for values; in a JSON text, they cannot stand between values. */
const ANY_VALUE = 0
const NUMBER_VALUE = 1

const QUOTE = 0x22

export class Layout {
  /** The payload that it was learnt from, with a byte in place of each value. */
  private readonly template: Uint8Array
  /** Whether there is no white space in it. */
  private readonly isCompact: boolean

  private constructor(template: Uint8Array) {
    this.template = template
    this.isCompact = !hasSpace(template)
  }

  /**
   * The layout of a payload that decode() took, if it is `record` as a whole: an object of its fields, in its order,
   * and nothing else. null for all others, and where a name or a value is such that a walk cannot judge it.
   */
  static of(payload: Uint8Array, record: Fields): Layout | null {
    const template: number[] = []
    let at = 0
    let opening = '{'
    for (const name in record) {
      if (name === SEQ_FIELD || !isPlain(name)) return null
      const value = valueAfter(payload, at, [opening, `"${name}"`, ':'], template)
      if (value === NOWHERE) return null
      template.push(name === 'ts' ? NUMBER_VALUE : ANY_VALUE)
      at = endOfValue(payload, value)
      opening = ','
    }
    if (valueAfter(payload, at, ['}'], template) !== payload.length) return null
    return new Layout(Uint8Array.from(template))
  }

  /** Whether a payload is the same record again, but for its values. @hot */
  matches(payload: Uint8Array): boolean {
    const { template } = this
    if (payload.length > PAYLOAD_BYTES_MAX) return false
    let at = 0
    for (let i = 0; i < template.length; i++) {
      const wanted = template[i]!
      if (wanted > NUMBER_VALUE) {
        if (payload[at++] !== wanted) return false
        continue
      }
      at = wanted === ANY_VALUE ? endOfValue(payload, at) : endOfNumber(payload, at)
      if (at === NOWHERE) return false
    }
    return at === payload.length
  }

  /** Writes a payload that matches into `target`, without white space; returns how many bytes that are. @hot */
  write(payload: Uint8Array, target: Uint8Array): number {
    if (this.isCompact) {
      target.set(payload)
      return payload.length
    }
    let length = 0
    let isText = false
    for (let i = 0; i < payload.length; i++) {
      const byte = payload[i]!
      if (byte === QUOTE) isText = !isText
      if (byte > 0x20 || isText) target[length++] = byte
    }
    return length
  }
}

/** Takes over the tokens from `at` on, with the white space around them. Where they end, or NOWHERE. */
function valueAfter(
  payload: Uint8Array,
  at: number,
  tokens: readonly string[],
  template: number[],
): number {
  let end = takeSpace(payload, at, template)
  for (const token of tokens) {
    for (let i = 0; i < token.length; i++) {
      if (payload[end] !== token.charCodeAt(i)) return NOWHERE
      template.push(payload[end++]!)
    }
    end = takeSpace(payload, end, template)
  }
  return end
}

function takeSpace(payload: Uint8Array, at: number, template: number[]): number {
  let end = at
  for (; isSpace(payload[end]); end++) template.push(payload[end]!)
  return end
}

function hasSpace(template: Uint8Array): boolean {
  let isText = false
  for (const byte of template) {
    if (byte === QUOTE) isText = !isText
    if (!isText && isSpace(byte)) return true
  }
  return false
}
