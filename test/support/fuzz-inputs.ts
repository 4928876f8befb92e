/**
 * Fuzz inputs: random bytes, random JSON and MessagePack, and real samples with something done to them.
 */
import type { Input } from './fuzz.ts'
import type { Dice } from './fuzz-dice.ts'
import { jsonish, msgpackish } from './fuzz-structures.ts'
import { replanted } from './fuzz-trees.ts'

/** Whatever readers have stumbled over before: put into the middle of samples. */
const INTERESTING: readonly Buffer[] = [
  ...[
    '\0',
    '\ufeff',
    '\u2028',
    '"',
    '\\',
    '\\u0000',
    '\\ud800',
    '\\udc00"',
    '\r\n',
    '\r',
    '\n',
    '*',
  ],
  ...['{', '}', '[', ']', ',', ':', '{}', '[]', 'null', 'true', '-', '-0', '1e999', '-1e-999', '.'],
  ...['9007199254740993', '0.1e1', '00', '1'.repeat(400), '"__proto__":{"polluted":1},'],
  ...['"__proto__":"x",', '"constructor":{"prototype":{"polluted":1}},', '"constructor":"x",'],
  ...['"toJSON":"x",', '"hasOwnProperty":1,', '"seq":1,', '"ts":null,', '"":1,', '"then":1,'],
  ...['__proto__', 'constructor', 'prototype', 'toJSON', 'valueOf', 'é', '\u{1f680}', '%00', '../'],
]
  .map((text) => Buffer.from(text))
  .concat(
    [
      ...['ff', 'fe', 'c0af', 'eda080', 'f4908080', 'efbfbd', 'c1', 'c4ff', 'c6ffffffff', 'c70072'],
      ...['c9ffffffff42', 'd47240', 'd4724091a161', 'd5724001', '40', '7f', 'd66900000000'],
      ...['d67000000000', 'd66900000000c0', 'd67000000007', 'd46500', 'd473009101', 'd47800'],
      ...['d5741000', 'd6ff60000000', 'd7ffffffffffffffffff', 'c70cff000000000000000000000000'],
      ...['c80008420102030405060708', 'd66200000000', 'd40000', 'cfffffffffffffffff', '8101c0'],
      ...['d38000000000000000', 'cb7ff8000000000000', 'cb7ff0000000000000', 'ddffffffff'],
      ...['dcffff', 'dfffffffff', 'deffff', 'dbffffffff', 'daffff', 'd9ff', '8190c0', '81a161'],
      ...['a95f5f70726f746f5f5f81a161c3', 'a95f5f70726f746f5f5f01', 'ab636f6e7374727563746f72'],
    ].map((hex) => Buffer.from(hex, 'hex')),
  )

const NEARLY: readonly string[] = [
  ...[
    '007',
    '00',
    '-0',
    '-',
    '--1',
    '+1',
    '1.',
    '.5',
    '1e5',
    '1E400',
    '0x1',
    '1 ',
    ' 1',
    '1'.repeat(25),
  ],
  ...[
    '""',
    '"x"',
    '"a\\"b"',
    '"\\q"',
    '"\\ud800"',
    '"\\u0041"',
    '"\\',
    '"\x7f"',
    '"\xe9"',
    '"\n"',
    '"a","b"',
    `"${'x'.repeat(4_097)}"`,
  ],
  ...[
    'null',
    'true',
    'false',
    'tru',
    'falsee',
    'nul',
    '{}',
    '[]',
    '[1]',
    '{"a":1}',
    '1,"seq":2',
    '',
  ],
]

/** Deeper than any stack is, with both kinds of brackets. */
const DEEP_MAX = 20_000
const LONG_BYTES_MAX = 70_000

/** A maker of inputs of one buffer each, around the samples. */
export function around(samples: readonly Buffer[]): (dice: Dice) => Input {
  return (dice) => [bytesAround(dice, samples)]
}

export function bytesAround(dice: Dice, samples: readonly Buffer[]): Buffer {
  switch (dice.below(10)) {
    case 0:
      return dice.bytes(dice.length(300))
    case 1:
      return Buffer.from(jsonish(dice))
    case 2:
      return msgpackish(dice)
    case 3:
    case 4:
    case 5:
      return replanted(dice, dice.pick(samples))
    default:
      return mutated(dice, dice.pick(samples), samples)
  }
}

/** A sample with one to four things done to it; once in a while, as it is. */
export function mutated(dice: Dice, sample: Buffer, others: readonly Buffer[]): Buffer {
  let bytes = sample
  for (let times = dice.below(5); times > 0; times--) bytes = once(dice, bytes, others)
  return bytes
}

function once(dice: Dice, bytes: Buffer, others: readonly Buffer[]): Buffer {
  const at = dice.below(bytes.length + 1)
  const to = Math.min(bytes.length, at + dice.length(40))
  // Once in many, for it costs much and tells little.
  if (dice.once(300)) return excessive(dice, bytes, at)
  switch (dice.below(10)) {
    case 9:
      return revalued(dice, bytes)
    case 0:
      return changed(bytes, at, (byte) => byte ^ (1 << dice.below(8)))
    case 1:
      return changed(bytes, at, () => dice.next())
    case 2:
      return bytes.subarray(0, at)
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)])
    case 4:
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)])
    case 5:
      return Buffer.concat([bytes, dice.once(2) ? bytes : dice.pick(others)])
    case 6: {
      const other = dice.pick(others)
      return Buffer.concat([bytes.subarray(0, at), other.subarray(dice.below(other.length + 1))])
    }
    case 7:
      return inserted(bytes, at, Buffer.from(jsonish(dice, 3)))
    default:
      return inserted(bytes, at, dice.pick(INTERESTING))
  }
}

/** In place of one of a JSON text's values, something that is nearly one. */
export function revalued(dice: Dice, bytes: Buffer): Buffer {
  const text = bytes.toString('latin1')
  const colons = [...text.matchAll(/[:[]/g)]
  if (colons.length === 0) return bytes
  const from = dice.pick(colons).index + 1
  const to = text.slice(from).search(/[,}\]]/)
  const rest = to === -1 ? '' : text.slice(from + to)
  return Buffer.from(text.slice(0, from) + dice.pick(NEARLY) + rest, 'latin1')
}

/** Deep nesting, or a very long piece. */
function excessive(dice: Dice, bytes: Buffer, at: number): Buffer {
  const times = dice.length(DEEP_MAX)
  switch (dice.below(5)) {
    case 0:
      return inserted(bytes, at, Buffer.from('['.repeat(times) + ']'.repeat(times)))
    case 1:
      return inserted(bytes, at, Buffer.from('{"a":'.repeat(times / 5)))
    case 2:
      return inserted(bytes, at, Buffer.alloc(times, dice.pick([0x91, 0x81, 0xdc, 0xd4])))
    case 3:
      return inserted(
        bytes,
        at,
        Buffer.alloc(dice.length(LONG_BYTES_MAX), dice.pick(['9', ' ', 'x'])),
      )
    default: {
      const part = bytes.subarray(at, at + 1 + dice.below(60))
      const count = Math.min(times, Math.floor(LONG_BYTES_MAX / (part.length + 1)))
      return inserted(bytes, at, Buffer.concat(Array(count).fill(part)))
    }
  }
}

function changed(bytes: Buffer, at: number, change: (byte: number) => number): Buffer {
  const copy = Buffer.from(bytes)
  if (at < copy.length) copy[at] = change(copy[at]!)
  return copy
}

function inserted(bytes: Buffer, at: number, piece: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)])
}
