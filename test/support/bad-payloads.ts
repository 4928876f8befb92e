/**
 * Bad payloads: what publishers must not send, each with the reason under which the server counts it.
 */
import type { MalformedReason } from '../../src/ingest/decode.ts'

export type BadPayload = readonly [what: string, reason: MalformedReason, payload: Buffer]

const NUMBER = '81a161' // {"a": the number that follows}
const PROTO = Buffer.from('__proto__').toString('hex')

export const BAD_PAYLOADS: readonly BadPayload[] = [
  text('nothing', 'empty', ''),
  text('an object without fields', 'empty', '{}'),
  text('a batch of nothing', 'empty', '[]'),
  text('truncated JSON', 'not_json', '{"bid":"58721.2","ask":"5872'),
  text('two JSON texts', 'not_json', '{"bid":"1"}{"bid":"2"}'),
  text('NaN in JSON', 'not_json', '{"bid":NaN}'),
  text('a number beyond all numbers in JSON', 'not_finite', '{"bid":1e999}'),
  text('prose', 'not_msgpack', 'hello'),
  text('a number', 'not_an_object', '5'),
  text('a batch in a batch', 'not_an_object', '[[{"bid":"1"}]]'),
  text('a nested object', 'bad_field_value', '{"bid":{"price":"1"}}'),
  text('a list', 'bad_field_value', '{"bids":["1","2"]}'),
  text('a field without a name', 'bad_field_name', '{"":"1"}'),
  text('a field with a very long name', 'bad_field_name', `{"${'n'.repeat(65)}":"1"}`),
  text('a field with a very long value', 'bad_field_value', `{"bid":"${'9'.repeat(4097)}"}`),
  text('__proto__ with fields', 'bad_field_name', '{"__proto__":{"polluted":true}}'),
  text('__proto__ with a value', 'bad_field_name', '{"__proto__":"polluted"}'),
  text('half a surrogate pair', 'not_utf8', '{"bid":"\\ud800"}'),
  text('a time that is a text', 'bad_ts', '{"bid":"1","ts":"now"}'),
  text('a number with a fraction', 'bad_seq', '{"bid":"1","seq":1.5}'),
  text('a number beyond exactness', 'bad_seq', '{"bid":"1","seq":9007199254740991}'),
  text('65 fields', 'too_many_fields', JSON.stringify(manyFields(65))),
  text('17 KiB', 'too_large', `{"bid":"${' '.repeat(17 * 1024)}"}`),
  text('1 MiB', 'too_large', `{"bid":"${' '.repeat(1024 * 1024)}"}`),
  text('8,000 levels of JSON', 'not_an_object', '['.repeat(8_000) + ']'.repeat(8_000)),
  bytes('JSON that is not UTF-8', 'not_utf8', '7b22626964223a22ff227d'),
  bytes('a truncated map', 'not_msgpack', '82a3626964'),
  bytes('two maps', 'not_msgpack', '81a16101'.repeat(2)),
  bytes('a map of four thousand million', 'not_msgpack', 'dfffffffff'),
  bytes('lists that claim 65,535 each', 'not_msgpack', 'dcffff'.repeat(5_000)),
  bytes('16,000 levels of lists', 'not_msgpack', '91'.repeat(16_000)),
  bytes('a nested map', 'bad_field_value', '81a16181a16201'),
  bytes('NaN', 'not_finite', `${NUMBER}cb7ff8000000000000`),
  bytes('infinity', 'not_finite', `${NUMBER}cb7ff0000000000000`),
  bytes('bytes', 'bad_field_value', `${NUMBER}c40178`),
  bytes('a timestamp', 'bad_field_value', `${NUMBER}d6ff60000000`),
  bytes('a set, as msgpackr extends it', 'bad_field_value', `${NUMBER}d473009101`),
  bytes('a text that is not UTF-8', 'not_utf8', '81a161a1ff'),
  bytes('a name that is not UTF-8', 'bad_field_name', '81a1ff01'),
  bytes('__proto__ with a map', 'bad_field_name', `81a9${PROTO}81a8706f6c6c75746564c3`),
  bytes('the byte that MessagePack never uses', 'not_msgpack', 'c1'),
]

/** More fields than a record may have, though each update is small. */
export function manyFields(count: number, prefix = 'f'): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, '1']))
}

function text(what: string, reason: MalformedReason, payload: string): BadPayload {
  return [what, reason, Buffer.from(payload)]
}

function bytes(what: string, reason: MalformedReason, hex: string): BadPayload {
  return [what, reason, Buffer.from(hex, 'hex')]
}
