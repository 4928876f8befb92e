/**
 * Arbitrary messages, for the dialects' contract: whatever ingest/decode lets through can be in one.
 */
import fc from 'fast-check'
import type { Delta, Full, Message } from '../../src/protocol/messages.ts'
import { MESSAGE_SAMPLES } from '../../src/protocol/samples.ts'

/** Text that UTF-8 can carry; ingest refuses other. */
const aText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme', minLength: 30, maxLength: 300 }),
  fc.constantFrom('58721.20', '', '"\\\u0000\u2028', '\u{1f4c8}\u20ac', 'x'.repeat(256)),
)
const aNumber = fc.oneof(
  // JSON has no minus zero, which equals zero.
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(0, -1, -32, -33, 127, 128, 2 ** 16, 2 ** 31, -(2 ** 31), 2 ** 32 - 1, 2 ** 32),
  fc.constantFrom(1_617_647_428_063, 2 ** 53, -(2 ** 53), 5e-324, 1.7976931348623157e308),
)
const aScalar = fc.oneof(aText, aNumber, fc.boolean())
/** Names that objects have by birth are fields like any other; ingest refuses `__proto__` alone. */
const aName = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 64 }),
    fc.constantFrom('bid', 'ask', 'constructor', 'toJSON', 'hasOwnProperty', 'length', '0', 'type'),
  )
  .filter((name) => name !== '__proto__')
const aTopic = fc.constantFrom('ticker:BTC-USD', "t:!#$%&'()+,-./:;<=>?@[]^_`{|}~", 'a.b_c-d:1')
const aSeq = fc.oneof(fc.nat(), fc.maxSafeInteger().map(Math.abs))

const fields = { noNullPrototype: true, maxKeys: 64 }
export const aDataMessage: fc.Arbitrary<Full | Delta> = fc.oneof(
  fc.record(
    {
      type: fc.constant('full' as const),
      topic: aTopic,
      seq: aSeq,
      data: fc.dictionary(aName, aScalar, fields),
    },
    { noNullPrototype: true },
  ),
  fc.record(
    {
      type: fc.constant('delta' as const),
      topic: aTopic,
      seq: aSeq,
      data: fc.dictionary(aName, fc.option(aScalar), fields),
    },
    { noNullPrototype: true },
  ),
)

export const aMessage: fc.Arbitrary<Message> = fc.oneof(
  { weight: 3, arbitrary: aDataMessage },
  { weight: 1, arbitrary: fc.constantFrom(...MESSAGE_SAMPLES.map(({ message }) => message)) },
)

/** Bytes of a peer that means ill or nothing at all. */
export const someBytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.uint8Array({ maxLength: 20_000, size: 'max' }),
)
