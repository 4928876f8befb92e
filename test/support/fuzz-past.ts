/**
 * Past failures: inputs that once did harm, by target. Whatever fuzzing or thinking finds is put here when it is fixed.
 */
import type { Past } from './fuzz.ts'

/**
 * Lists that hold the list before them twice, by msgpackr's references: few bytes, 2^depth values to whoever walks
 * through them. `behind`: a byte too many makes msgpackr do so, for the text of its error.
 */
function references(depth: number, behind: string): string {
  const number = (i: number) => i.toString(16).padStart(8, '0')
  const lists = Array.from({ length: depth }, (_, i) => {
    const before = i === 0 ? '01' : `d670${number(i - 1)}`
    return `d669${number(i)}92${before}${before}`
  })
  return `dc${depth.toString(16).padStart(4, '0')}${lists.join('')}${behind}`
}

export const PAST_MSGPACK: readonly Past[] = [
  { why: 'references are no values', hex: references(20, '') },
  { why: '600 bytes that keep a core busy for minutes', hex: references(30, '01') },
  { why: 'a record, compiled on the way', hex: 'd4724091a16101' },
  { why: 'an Error, with a stack', hex: '81a162d4650092a54572726f72a161' },
]

/** Frames of a server, in a row: the first one greets. */
export const PAST_FRAMES: Readonly<Record<'json' | 'msgpack', readonly Past[]>> = {
  json: [],
  msgpack: [],
}
