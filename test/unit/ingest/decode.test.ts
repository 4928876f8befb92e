/**
 * Decode: goal: whatever a publisher sends is either a flat update or a named reason, and never an exception. Method:
 * a table of payloads for each reason in both encodings, and random bytes and values.
 */
import fc from 'fast-check'
import { Packr } from 'msgpackr'
import { describe, expect, test } from 'vitest'
import { decode, MALFORMED_REASONS } from '../../../src/ingest/decode.ts'

const packr = new Packr({ useRecords: false })
const json = (text: string) => Buffer.from(text)
const pack = (value: unknown) => Buffer.from(packr.pack(value))
const bytes = (...parts: (number | string | Buffer)[]) =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : Buffer.from(part))),
  )
const fields = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, i]))

describe('what is taken', () => {
  test.each([
    { why: 'JSON', payload: json('{"bid":"1.50","n":2,"up":true,"gone":null}') },
    {
      why: 'JSON with space around',
      payload: json(' \n{"bid":"1.50","n":2,"up":true,"gone":null}\r\n'),
    },
    { why: 'MessagePack', payload: pack({ bid: '1.50', n: 2, up: true, gone: null }) },
  ])('$why, every kind of scalar', ({ payload }) => {
    expect(decode(payload)).toEqual({ bid: '1.50', n: 2, up: true, gone: null })
  })

  test.each([
    { why: '64 fields', payload: json(JSON.stringify(fields(64))) },
    { why: 'a text of 4096 characters', payload: json(JSON.stringify({ a: 'x'.repeat(4096) })) },
    { why: 'seq 0', payload: json('{"seq":0}') },
    { why: 'seq null', payload: json('{"seq":null,"a":1}') },
    { why: 'a fraction as ts', payload: json('{"ts":1723161254024.62}') },
    { why: 'other scripts', payload: pack({ name: '\u4e2d\u6587 \u{1f600}' }) },
    { why: 'a field named as an inherited one', payload: json('{"constructor":"x"}') },
  ])('$why', ({ payload }) => {
    expect(typeof decode(payload)).toBe('object')
  })

  test('an unsigned 64-bit integer, as other libraries write ms since the epoch, is a number', () => {
    const ts = Buffer.alloc(8)
    ts.writeBigUInt64BE(1723161254024n)
    expect(decode(bytes(0x81, 0xa2, 'ts', 0xcf, ts))).toEqual({ ts: 1723161254024 })
  })

  test('of a batch, each entry for itself', () => {
    const batch = [{ bid: '1' }, 7, { nested: {} }, {}, { bid: '2' }]
    const outcome = [{ bid: '1' }, 'not_an_object', 'bad_field_value', 'empty', { bid: '2' }]
    expect(decode(json(JSON.stringify(batch)))).toEqual(outcome)
    expect(decode(pack(batch))).toEqual(outcome)
  })

  test('no reference to the payload is kept', () => {
    const payloads = [json('{"bid":"58721.20"}'), pack({ bid: '58721.20' })]
    const decoded = payloads.map(decode)
    for (const payload of payloads) payload.fill(0)
    expect(decoded).toEqual([{ bid: '58721.20' }, { bid: '58721.20' }])
  })
})

describe('what is refused', () => {
  test.each([
    { why: 'nothing', payload: json(''), reason: 'empty' },
    { why: 'no fields, JSON', payload: json('{}'), reason: 'empty' },
    { why: 'no fields, MessagePack', payload: pack({}), reason: 'empty' },
    { why: 'an empty batch', payload: json('[]'), reason: 'empty' },
    { why: 'more than 16 KiB', payload: Buffer.alloc(16_385, 0x20), reason: 'too_large' },
    { why: 'JSON that is Latin-1', payload: bytes('{"a":"', 0xe9, '"}'), reason: 'not_utf8' },
    { why: 'half a surrogate pair', payload: json('{"a":"\\ud800"}'), reason: 'not_utf8' },
    {
      why: 'a MessagePack text that is Latin-1',
      payload: bytes(0x81, 0xa1, 'a', 0xa1, 0xe9),
      reason: 'not_utf8',
    },
    { why: 'JSON cut off', payload: json('{"bid":"1'), reason: 'not_json' },
    { why: 'JSON with NaN', payload: json('{"bid":NaN}'), reason: 'not_json' },
    { why: 'two JSON objects', payload: json('{"a":1}{"a":2}'), reason: 'not_json' },
    {
      why: 'MessagePack cut off',
      payload: pack({ bid: '58721.20' }).subarray(0, -2),
      reason: 'not_msgpack',
    },
    {
      why: 'MessagePack with a rest',
      payload: bytes(pack({ a: 1 }), pack({ a: 2 })),
      reason: 'not_msgpack',
    },
    { why: 'a text', payload: json('hello'), reason: 'not_msgpack' },
    { why: 'a number', payload: pack(7), reason: 'not_an_object' },
    { why: 'nil', payload: pack(null), reason: 'not_an_object' },
    { why: 'a date', payload: pack(new Date(0)), reason: 'bad_field_value' },
    { why: 'a batch in a batch', payload: json('[[{"a":1}]]'), reason: ['not_an_object'] },
    {
      why: '65 fields, JSON',
      payload: json(JSON.stringify(fields(65))),
      reason: 'too_many_fields',
    },
    { why: '65 fields, MessagePack', payload: pack(fields(65)), reason: 'too_many_fields' },
    { why: 'a field without a name', payload: json('{"":1}'), reason: 'bad_field_name' },
    {
      why: 'a name of 65 characters',
      payload: json(`{"${'x'.repeat(65)}":1}`),
      reason: 'bad_field_name',
    },
    { why: '__proto__, JSON', payload: json('{"__proto__":1}'), reason: 'bad_field_name' },
    {
      why: '__proto__, MessagePack',
      payload: bytes(0x81, 0xa9, '__proto__', 1),
      reason: 'bad_field_name',
    },
    {
      why: 'a name that is Latin-1',
      payload: bytes(0x81, 0xa1, 0xe9, 1),
      reason: 'bad_field_name',
    },
    {
      why: 'an object as a field, JSON',
      payload: json('{"a":{"b":1}}'),
      reason: 'bad_field_value',
    },
    { why: 'an array as a field', payload: pack({ a: [1] }), reason: 'bad_field_value' },
    { why: 'bytes as a field', payload: pack({ a: Buffer.from('x') }), reason: 'bad_field_value' },
    {
      why: 'a text of 4097',
      payload: json(JSON.stringify({ a: 'x'.repeat(4097) })),
      reason: 'bad_field_value',
    },
    { why: 'a number beyond doubles', payload: json('{"a":1e999}'), reason: 'not_finite' },
    { why: 'NaN', payload: pack({ a: Number.NaN }), reason: 'not_finite' },
    { why: 'infinity', payload: pack({ a: Number.NEGATIVE_INFINITY }), reason: 'not_finite' },
    { why: 'a negative seq', payload: json('{"seq":-1}'), reason: 'bad_seq' },
    { why: 'a fraction as seq', payload: json('{"seq":1.5}'), reason: 'bad_seq' },
    { why: 'a text as seq', payload: json('{"seq":"1"}'), reason: 'bad_seq' },
    { why: 'a seq above 2^52', payload: json('{"seq":4503599627370497}'), reason: 'bad_seq' },
    { why: 'a text as ts', payload: json('{"ts":"2024-08-08"}'), reason: 'bad_ts' },
  ])('$why: $reason', ({ payload, reason }) => {
    expect(decode(payload)).toEqual(reason)
  })
})

describe('whatever comes', () => {
  /** Throws nothing, and what it accepts is flat and finite. */
  const holds = (payload: Buffer) => {
    const decoded = decode(payload)
    for (const one of Array.isArray(decoded) ? decoded : [decoded]) {
      if (typeof one === 'string') {
        expect(MALFORMED_REASONS).toContain(one)
        continue
      }
      expect(Object.keys(one).length).toBeGreaterThan(0)
      for (const value of Object.values(one)) {
        const isScalar = value === null || ['string', 'boolean'].includes(typeof value)
        expect(isScalar || Number.isFinite(value)).toBe(true)
      }
    }
  }

  test('any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => holds(Buffer.from(noise))))
  })

  test('any bytes after the beginning of a map', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0x80, max: 0x9f }), fc.uint8Array(), (first, noise) =>
        holds(bytes(first, Buffer.from(noise))),
      ),
    )
  })

  test('any JSON', () => {
    fc.assert(fc.property(fc.json(), (text) => holds(json(text))))
  })

  test('any object', () => {
    const scalar = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
    )
    const object = fc.dictionary(fc.string(), fc.oneof(scalar, fc.anything({ maxDepth: 2 })))
    fc.assert(
      fc.property(object, (value) => {
        holds(json(JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}` : v))))
        holds(pack(value))
      }),
    )
  })
})
