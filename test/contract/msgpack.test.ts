/**
 * The msgpack dialect keeps the Dialect contract, and its own limits are out of reach.
 */
import { pack } from 'msgpackr'
import { expect, test } from 'vitest'
import { FRAME_BYTES_MAX } from '../../src/fanout/credit.ts'
import type { Message } from '../../src/protocol/messages.ts'
import { msgpackDialect } from '../../src/protocol/msgpack.ts'
import { readMsgpack } from '../support/msgpack-reader.ts'
import { dialectContract, joined } from './dialect.ts'

dialectContract({
  dialect: msgpackDialect,
  read: readMsgpack,
  write: pack,
  deep: Buffer.alloc(1024 * 1024, 0x91),
})

const smallest: Message = { type: 'full', topic: 'a:b', seq: 0, data: {} }

test('a joined frame holds up to 65,535 messages, and no more', () => {
  const most = new Array<Message>(65_535).fill(smallest)
  expect(readMsgpack(joined(msgpackDialect, most))).toHaveLength(65_535)
  // array16 counts no further: the frame would be no MessagePack any more.
  expect(() => readMsgpack(joined(msgpackDialect, [...most, smallest]))).toThrow('left over')
})

test('a joined frame is full long before it holds 65,535 messages', () => {
  const { length } = msgpackDialect.encode(smallest)
  expect(65_535 * (length - 1)).toBeGreaterThan(FRAME_BYTES_MAX)
})

test('times travel as float64 and small numbers as integers', () => {
  const hex = (at: number) =>
    Buffer.from(msgpackDialect.encode({ type: 'heartbeat', at })).toString('hex')
  expect(hex(2 ** 32)).toMatch(/a26174cb41f0000000000000$/)
  expect(hex(2 ** 32 - 1)).toMatch(/a26174ceffffffff$/)
})

// The contract leans on this reader: it must refuse what a strict library would.
test.each([
  ['an extension', 'd4ff00'],
  ['text that is not UTF-8', 'a3eda080'],
  ['bytes left over', '0101'],
  ['a text that ends early', 'a361'],
  ['a key that comes twice', '82a16101a16102'],
  ['a 64-bit integer', 'cf0000000000000001'],
  ['an array that ends early', '9201'],
])('the reader refuses %s', (_what, hex) => {
  expect(() => readMsgpack(Buffer.from(hex, 'hex'))).toThrow()
})
