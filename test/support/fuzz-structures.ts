/**
 * Fuzz structures: random values, written as JSON and as MessagePack with everything that its makers have added.
 */
import type { Dice } from './fuzz-dice.ts'

const DEPTH_MAX = 5
export const NAMES: readonly string[] = [
  ...['id', 'method', 'params', 'topics', 'mode', 'intervalMs', 'number', 'type', 'topic', 'seq'],
  ...['data', 'ts', 'bid', 'ask', 'limits', 'error', 'held', 'heldCount', 'reconnectMs', 'symbol'],
  ...['__proto__', 'constructor', 'prototype', 'toJSON', 'length', '', '0', '7', 'a', 'é', 'then'],
]
export const TEXTS: readonly string[] = [
  ...[
    'subscribe',
    'unsubscribe',
    'list',
    'ping',
    'ack',
    'full',
    'delta',
    'hello',
    'result',
    'pong',
  ],
  ...['error', 'status', 'probe', 'goaway', 'live', 'down', 'tickwire.v1', 'ticker:*', 'ticker:A'],
  ...['ticker:BTC-USD', '58721.2', '', 'x', '\ud800', 'a\udc00', '\0', '\u{1f680}', 'n'.repeat(65)],
  ...['9'.repeat(4_097), 'constructor', '__proto__', 'not_json', 'empty'],
]
export const NUMBERS: readonly number[] = [
  ...[0, -0, 1, -1, 7, 0.5, 127, 128, 255, 256, 65_535, 65_536, 2 ** 31, 2 ** 32, 2 ** 52, 2 ** 53],
  ...[2 ** 53 + 2, 2 ** 63, 1e21, 1e308, -1e308, 5e-324, 1_617_647_428_063, 60_000, 60_001],
]
/** Types that msgpackr reads by itself, and others. */
const EXTENSIONS = [0x00, 0x42, 0x62, 0x65, 0x69, 0x70, 0x72, 0x73, 0x74, 0x78, 0xff, 0x01]

export function jsonish(dice: Dice, depthMax = DEPTH_MAX): string {
  const kind = dice.below(depthMax > 0 ? 10 : 6)
  if (kind < 2) return JSON.stringify(dice.pick(TEXTS))
  if (kind < 4) return String(dice.pick(NUMBERS))
  if (kind === 4) return dice.pick(['null', 'true', 'false'])
  if (kind === 5)
    return dice.pick(['NaN', '1e999', '-', '01', '"\\ud800"', '"\\u00e9"', '""', ' 1 '])
  const count = dice.length(8)
  const parts: string[] = []
  for (let i = 0; i < count; i++) {
    const value = jsonish(dice, depthMax - 1)
    parts.push(kind < 9 ? `${JSON.stringify(dice.pick(NAMES))}:${value}` : value)
  }
  return kind < 9 ? `{${parts.join(',')}}` : `[${parts.join(',')}]`
}

export function msgpackish(dice: Dice): Buffer {
  const bytes: number[] = []
  value(dice, bytes, DEPTH_MAX)
  return Buffer.from(bytes)
}

function value(dice: Dice, bytes: number[], depth: number): void {
  switch (dice.below(depth > 0 ? 12 : 6)) {
    case 0:
    case 1:
      return text(dice, bytes, dice.pick(TEXTS))
    case 2:
      return number(dice, bytes)
    case 3:
      return void bytes.push(dice.pick([0xc0, 0xc2, 0xc3, 0xc1]))
    case 4:
      return void bytes.push(dice.below(256))
    case 5:
      return void bytes.push(0xa2, dice.below(256), dice.below(256))
    case 6:
    case 7:
    case 8:
      return map(dice, bytes, depth - 1)
    case 9:
      return list(dice, bytes, depth - 1)
    case 10:
      return extension(dice, bytes, depth - 1)
    default:
      return record(dice, bytes, depth - 1)
  }
}

function text(dice: Dice, bytes: number[], text: string): void {
  const utf8 = Buffer.from(text)
  // At times it claims to be longer or shorter than it is.
  const length = dice.once(40) ? dice.below(300) : utf8.length
  if (length < 32 && !dice.once(10)) bytes.push(0xa0 | length)
  else if (length < 256 && !dice.once(10)) bytes.push(0xd9, length)
  else bytes.push(0xda, length >> 8, length & 0xff)
  for (const byte of utf8) bytes.push(byte)
}

function number(dice: Dice, bytes: number[]): void {
  const ints = [0xcc, 0xcd, 0xce, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3]
  if (dice.once(2)) {
    const at = dice.below(ints.length)
    bytes.push(ints[at]!)
    for (let i = 1 << (at & 3); i > 0; i--) bytes.push(dice.pick([0, 1, 0x7f, 0x80, 0xff]))
    return
  }
  const float = Buffer.alloc(8)
  float.writeDoubleBE(dice.once(9) ? dice.pick([Number.NaN, 1 / 0, -1 / 0]) : dice.pick(NUMBERS))
  bytes.push(0xcb, ...float)
}

function map(dice: Dice, bytes: number[], depth: number): void {
  const count = dice.length(8)
  if (dice.once(6)) bytes.push(0xde, 0, count)
  else bytes.push(0x80 | count)
  for (let i = 0; i < count; i++) {
    if (dice.once(12)) value(dice, bytes, depth)
    else text(dice, bytes, dice.pick(NAMES))
    value(dice, bytes, depth)
  }
}

function list(dice: Dice, bytes: number[], depth: number): void {
  const count = dice.length(8)
  if (dice.once(6)) bytes.push(0xdd, 0, 0, 0, count)
  else bytes.push(0x90 | count)
  for (let i = 0; i < count; i++) value(dice, bytes, depth)
}

function extension(dice: Dice, bytes: number[], depth: number): void {
  const type = dice.pick(EXTENSIONS)
  const size = dice.below(7)
  if (size < 5) bytes.push(0xd4 + size, type)
  else bytes.push(0xc7, dice.below(20), type)
  for (let i = size < 5 ? 1 << size : dice.below(20); i > 0; i--) bytes.push(dice.below(4))
  value(dice, bytes, depth)
}

/** As msgpackr writes records: a definition of names, values, and a reference to the definition. */
function record(dice: Dice, bytes: number[], depth: number): void {
  const id = 0x40 + dice.below(64)
  bytes.push(0xd4, 0x72, id)
  const count = dice.length(5)
  bytes.push(0x90 | count)
  for (let i = 0; i < count; i++) text(dice, bytes, dice.pick(NAMES))
  for (let i = 0; i < count; i++) value(dice, bytes, depth)
  if (dice.once(2)) bytes.push(id)
}
