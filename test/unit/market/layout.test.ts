/**
 * Layout: goal: what is taken in unparsed is what the parser would have made of it. Method: payloads are damaged at
 * random, and whatever still matches is held against decode() and JSON.parse; and a table of what must be refused.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decode } from '../../../src/ingest/decode.ts'
import { Layout } from '../../../src/market/layout.ts'
import type { Fields } from '../../../src/market/record.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')

/** The layout of a payload that is a new topic's first. */
function layoutOf(text: string): Layout | null {
  return Layout.of(bytes(text), decode(bytes(text)) as Fields)
}

/** Everything between the values, such as a publisher's JSON library would write it. */
const aSpace = fc.constantFrom('', '', '', ' ', '\n', '\t', ' \r\n')
const aName = fc.oneof(
  fc.constantFrom('ts', 'bid', 'a b', 'constructor', 'toJSON', '0', '7', ',"x":1', 'x:y', '{}'),
  fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 5 }),
)
const aValue = fc.oneof(
  fc.constantFrom('"58721.20"', '""', '" , : } "', '"{}"', 'true', 'false', '0', '-0', '-1.50'),
  fc.constantFrom('0.30000000000000004', '12345678901234567890', '1617647428063'),
  fc.string({ unit: 'grapheme-ascii', maxLength: 20 }).map((text) => JSON.stringify(text)),
)

const aPayload = fc
  .record({
    names: fc.uniqueArray(aName, { minLength: 1, maxLength: 6 }),
    values: fc.array(aValue, { minLength: 6, maxLength: 6 }),
    spaces: fc.array(aSpace, { minLength: 6, maxLength: 6 }),
  })
  .map(({ names, values, spaces: [a, b, c, d, e, f] }) => {
    const fields = names.map((name, i) => {
      const value = name === 'ts' ? '1617647428063.5' : values[i]
      return `${c}${JSON.stringify(name)}${d}:${e}${value}${f}`
    })
    return `${a}{${fields.join(',')}}${b}`
  })

/** A change of a few bytes; most of them from among those that mean something in JSON. */
const aByte = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...bytes('"\\{}[],:-+.eE0123456789 \n\ttrufalsn')) },
  { weight: 1, arbitrary: fc.nat(255) },
)
const aDamage = fc.array(
  fc.record({ at: fc.nat(400), remove: fc.nat(2), insert: fc.array(aByte, { maxLength: 2 }) }),
  { minLength: 1, maxLength: 3 },
)

function damaged(
  payload: Buffer,
  damages: readonly { at: number; remove: number; insert: number[] }[],
) {
  let all = [...payload]
  for (const { at, remove, insert } of damages) {
    const place = at % (all.length + 1)
    all = [...all.slice(0, place), ...insert, ...all.slice(place + remove)]
  }
  return Buffer.from(all)
}

describe('whatever matches', () => {
  test('is taken by decode() too, with the same names in the same order', () => {
    let matchCount = 0
    const check = fc.property(aPayload, fc.array(aDamage, { minLength: 20 }), (text, damages) => {
      const record = decode(bytes(text))
      if (typeof record === 'string') return
      const layout = Layout.of(bytes(text), record as Fields)
      if (layout === null) return
      for (const damage of damages) {
        const payload = damaged(bytes(text), damage)
        if (!layout.matches(payload)) continue
        matchCount++
        const update = decode(payload)
        expect(update).toEqual(JSON.parse(payload.toString()))
        expect(Object.keys(update)).toEqual(Object.keys(record))
        expect(Object.values(update)).not.toContain(null)
        expect(written(layout, payload)).toEqual(update)
      }
    })
    fc.assert(check, { numRuns: 2_000 })
    expect(matchCount).toBeGreaterThan(1_000)
  })

  test('is written without white space, but for what is in texts', () => {
    const layout = layoutOf(' { "a b" : " x  y " ,\r\n\t"ts": 5 } \n')!
    const payload = bytes(' { "a b" : "{ , }" ,\r\n\t"ts": 66 } \n')
    expect(layout.matches(payload)).toBe(true)
    const target = new Uint8Array(100)
    const length = layout.write(payload, target)
    expect(Buffer.from(target.subarray(0, length)).toString()).toBe('{"a b":"{ , }","ts":66}')
  })
})

function written(layout: Layout, payload: Buffer): unknown {
  const target = Buffer.alloc(payload.length)
  return JSON.parse(target.toString('latin1', 0, layout.write(payload, target)))
}

describe('a record that is known', () => {
  const layout = layoutOf('{"bid":"58721.20","up":true,"n":5,"ts":1617647428063}')!
  const again = (bid: string, up = 'true', n = '5', ts = '1617647428064') =>
    `{"bid":${bid},"up":${up},"n":${n},"ts":${ts}}`

  test.each([
    ['other values', again('"9.5"', 'false', '-0.125')],
    ['values of another kind', again('7', '"yes"', 'true')],
    ['a text of 4096 characters', again(`"${'x'.repeat(4096)}"`)],
    ['a text of signs', again('"{}[],: /~!"')],
    ['many digits', again('0', 'true', '12345678901234567890')],
    ['a fraction as ts', again('"1"', 'true', '5', '1723161254024.62')],
  ])('is recognised: %s', (_, text) => {
    expect(typeof decode(bytes(text))).toBe('object')
    expect(layout.matches(bytes(text))).toBe(true)
  })

  test.each([
    ['null', again('null')],
    ['an object in it', again('{}')],
    ['a list in it', again('[1]')],
    ['no value', again('')],
    ['an escape', again('"a\\nb"')],
    ['a quote that is escaped', again('"\\""')],
    ['a control character', again('"a\nb"')],
    ['a zero byte', again('"a\0b"')],
    ['the byte after the printable ones', again('"\x7f"')],
    ['not ASCII', again('"\xe9"')],
    ['a text without an end', '{"bid":"58721.20'],
    ['a text of 4097 characters', again(`"${'x'.repeat(4097)}"`)],
    ['an exponent', again('"1"', 'true', '1e5')],
    ['400 digits', again('"1"', 'true', '9'.repeat(400))],
    ['a zero in front', again('"1"', 'true', '01')],
    ['a plus', again('"1"', 'true', '+1')],
    ['a minus alone', again('"1"', 'true', '-')],
    ['a dot at the end', again('"1"', 'true', '1.')],
    ['a dot in front', again('"1"', 'true', '.5')],
    ['two dots', again('"1"', 'true', '1.2.3')],
    ['NaN', again('"1"', 'true', 'NaN')],
    ['half a word', again('"1"', 'tru')],
    ['more than a word', again('"1"', 'truey')],
    ['ts as a text', again('"1"', 'true', '5', '"now"')],
    ['ts as a boolean', again('"1"', 'true', '5', 'true')],
    ['a comma too many', again('"1"').replace('}', ',}')],
    ['a byte too many', `${again('"1"')} `],
    ['a second object', again('"1"') + again('"2"')],
    ['a byte too few', again('"1"').slice(0, -1)],
    ['a list of it', `[${again('"1"')}]`],
    ['white space', again('"1"').replace(',', ', ')],
    ['another order', '{"up":true,"bid":"1","n":5,"ts":5}'],
    ['a field fewer', '{"bid":"1","up":true,"ts":5}'],
    ['a field more', '{"bid":"1","up":true,"n":5,"ts":5,"x":1}'],
    ['a field twice', '{"bid":"1","up":true,"n":5,"ts":5,"bid":"2"}'],
    ['a number beside it', '{"bid":"1","up":true,"n":5,"ts":5,"seq":9}'],
    ['another name', '{"bid":"1","up":true,"m":5,"ts":5}'],
    ['nothing', ''],
  ])('is not: %s', (_, text) => {
    expect(layout.matches(bytes(text))).toBe(false)
  })
})

test('a payload of more than 16 KiB is not recognised', () => {
  const names = ['a', 'b', 'c', 'd', 'e']
  const of = (text: string) => JSON.stringify(Object.fromEntries(names.map((name) => [name, text])))
  const layout = layoutOf(of(''))!
  expect(layout.matches(bytes(of('x'.repeat(3_200))))).toBe(true)
  expect(layout.matches(bytes(of('x'.repeat(3_300))))).toBe(false)
})

describe('no layout', () => {
  test.each([
    ['a publisher who numbers', '{"bid":"1","seq":5}', { bid: '1' }],
    ['a field called seq', '{"bid":"1","seq":5}', { bid: '1', seq: 5 }],
    ['a partial update', '{"bid":"1"}', { bid: '1', ask: '2' }],
    ['a removal', '{"bid":"1","ask":null}', { bid: '1' }],
    ['a removal, with another field known', '{"bid":"1","ask":null}', { bid: '1', ask: 5 }],
    ['a name twice', '{"bid":"1","bid":"2"}', { bid: '2' }],
    ['another order', '{"bid":"1","ask":"2"}', { ask: '2', bid: '1' }],
    ['names that objects put into an order of their own', '{"b":1,"7":2}', { '7': 2, b: 1 }],
    ['an escape', '{"bid":"\\u0031"}', { bid: '1' }],
    ['an escape in a name', '{"b\\u0069d":"1"}', { bid: '1' }],
    ['a quote in a name', '{"a":1,"b":2}', { 'a":1,"b': 2 }],
    ['not ASCII', '{"bid":"\xe9"}', { bid: '\xe9' }],
    ['not ASCII in a name', '{"\xe9":"1"}', { '\xe9': '1' }],
    ['a batch', '[{"bid":"1"}]', { bid: '1' }],
    ['an exponent', '{"bid":1e3}', { bid: 1000 }],
    ['MessagePack', '\x81\xa1a\x01', { a: 1 }],
    ['nothing', '{}', {}],
  ])('for %s', (_, text, record) => {
    expect(Layout.of(bytes(text), record as Fields)).toBeNull()
  })
})
