/**
 * Fuzz trees: a sample's value with one or two of its branches replaced, renamed or gone, written as the sample was: what
 * parses, and is not what was meant.
 */
import { Packr } from 'msgpackr'
import type { Dice } from './fuzz-dice.ts'
import { NAMES, NUMBERS, TEXTS } from './fuzz-structures.ts'

const packr = new Packr({ useRecords: false, useToJSON: false })
/** Longer than what anything may be. */
const CHARS_MAX = 6_000
const ITEMS_MAX = 80

interface Planted {
  readonly value: unknown
  readonly encode: (value: unknown) => Uint8Array
}

/** What samples mean: they come again and again. */
const known = new WeakMap<Buffer, Planted>()

/** A sample that means something else; as it is, where it means nothing. */
export function replanted(dice: Dice, sample: Buffer): Buffer {
  const planted = known.get(sample) ?? read(sample)
  known.set(sample, planted)
  let { value } = planted
  for (let times = 1 + dice.below(2); times > 0; times--) value = changed(dice, value)
  return Buffer.from(planted.encode(value))
}

function read(sample: Buffer): Planted {
  const text = (value: unknown) => Buffer.from(JSON.stringify(value))
  try {
    const isText = sample[0] === 0x7b || sample[0] === 0x5b
    if (isText) return { value: JSON.parse(sample.toString()), encode: text }
    // A copy: packing reuses memory.
    return { value: packr.unpack(sample), encode: (value) => Buffer.from(packr.pack(value)) }
  } catch {
    return { value: null, encode: () => sample }
  }
}

function changed(dice: Dice, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || dice.once(8)) return strange(dice)
  if (Array.isArray(value)) {
    if (value.length === 0) return [strange(dice)]
    return value.with(dice.below(value.length), changed(dice, dice.pick(value)))
  }
  const entries = Object.entries(value)
  const at = dice.below(entries.length)
  const [name, branch] = entries[at] ?? ['a', null]
  switch (dice.below(8)) {
    case 0:
      entries.splice(at, 1)
      break
    case 1:
      entries[at] = [dice.pick(NAMES), branch]
      break
    case 2:
      entries.push([dice.pick(NAMES), strange(dice)])
      break
    default:
      entries[at] = [name, changed(dice, branch)]
  }
  return Object.fromEntries(entries)
}

function strange(dice: Dice): unknown {
  switch (dice.below(10)) {
    case 0:
      return dice.pick([null, true, false, {}, [], [[]], { a: {} }, [null], { length: 1 }])
    case 1:
    case 2:
      return dice.pick(NUMBERS)
    case 3:
      return 'x'.repeat(dice.length(CHARS_MAX))
    case 4:
      return Array.from({ length: dice.length(ITEMS_MAX) }, (_, i) => `t:${i}`)
    case 5:
      return Array.from({ length: dice.length(4) }, () => strange(dice))
    case 6:
      return `ticker:${'x'.repeat(dice.below(130))}`
    case 7:
      // Cut after so many characters, half of one may be left.
      return 'x'.repeat(dice.pick([30, 63, 159, 159])) + '\u{1f680}'.repeat(2)
    default:
      return dice.pick(TEXTS)
  }
}
