/**
 * MessagePack scan: whether bytes are one value of standard MessagePack, before a library reads them. Pure. @hot
 * msgpackr reads extensions of its own that nobody here speaks and that cost far more than their bytes: references,
 * by which 500 bytes become 2^40 values once it prints them in an error; records, which it compiles; Errors, with a
 * stack each. It cannot be told to leave all of them alone. A walk costs a tenth of reading.
 */

/** `extended`: there is an extension type in it, other than `undefined`. `broken`: bytes are missing or left over, or mean nothing. */
export type Standing = 'plain' | 'extended' | 'broken'

/** What the first bytes from 0xc0 to 0xdf begin, and how many bytes behind them hold it, or its length. */
const SCALAR = 0
const SIZED = 1
const LIST = 2
const MAP = 3
const EXTENSION = 4
const NEVER = 5
const KINDS = [
  ...[SCALAR, NEVER, SCALAR, SCALAR, SIZED, SIZED, SIZED, EXTENSION],
  ...[EXTENSION, EXTENSION, SCALAR, SCALAR, SCALAR, SCALAR, SCALAR, SCALAR],
  ...[SCALAR, SCALAR, SCALAR, SCALAR, EXTENSION, EXTENSION, EXTENSION, EXTENSION],
  ...[EXTENSION, SIZED, SIZED, SIZED, LIST, LIST, MAP, MAP],
]
const BYTES = [
  ...[0, 0, 0, 0, 1, 2, 4, 0, 0, 0, 4, 8, 1, 2, 4, 8],
  ...[1, 2, 4, 8, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4],
]

/** What JavaScript's libraries make of `undefined`, and so of a parameter that is left out: costs nothing. */
const FIXEXT_1 = 0xd4
const UNDEFINED = 0

/** Looks at every value's first bytes, and at no text. @hot */
export function standingOf(bytes: Uint8Array): Standing {
  const { length } = bytes
  let at = 0
  // No recursion: how deep it goes does not matter here.
  for (let left = 1; left > 0; left--) {
    const first = bytes[at++]!
    if (first < 0x80 || first >= 0xe0) continue
    if (first < 0x90) left += 2 * (first & 0x0f)
    else if (first < 0xa0) left += first & 0x0f
    else if (first < 0xc0) at += first & 0x1f
    else {
      const kind = KINDS[first - 0xc0]
      if (kind === EXTENSION) {
        if (first !== FIXEXT_1 || bytes[at] !== UNDEFINED) return 'extended'
        at += 2
        continue
      }
      if (kind === NEVER || first === undefined) return 'broken'
      const size = BYTES[first - 0xc0]!
      const count = kind === SCALAR ? 0 : uintAt(bytes, at, size)
      at += kind === SIZED ? size + count : size
      if (kind === LIST) left += count
      else if (kind === MAP) left += 2 * count
    }
    // Each value is a byte at least; NaN, where the length is beyond the end, fails as well.
    if (!(left - 1 <= length - at)) return 'broken'
  }
  return at === length ? 'plain' : 'broken'
}

function uintAt(bytes: Uint8Array, at: number, size: number): number {
  let value = 0
  for (let i = at; i < at + size; i++) value = value * 256 + bytes[i]!
  return value
}
