/**
 * Market: goal: the record of a topic is what its publisher said, and memory is bounded whatever comes. Method: tables
 * of updates, and refusals looked at from outside.
 */
import { describe, expect, test, vi } from 'vitest'
import { Market } from '../../../src/market/market.ts'
import { FIELDS_MAX, type Fields, type Update } from '../../../src/market/record.ts'
import type { Topic } from '../../../src/market/topic.ts'

const NAME = 'ticker:BTC-USD'

function apply(market: Market, update: Update, name = NAME, atMs = 0): Topic {
  const outcome = market.apply(name, update, atMs)
  if (typeof outcome === 'string') throw new Error(`refused: ${outcome}`)
  return outcome
}

/** A record of `count` fields whose names begin with `prefix`. */
function fieldsOf(count: number, prefix = 'f'): Fields {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, i]))
}

describe('apply', () => {
  test.each<{ why: string; updates: Update[]; record: Fields; version: number }>([
    { why: 'a first value', updates: [{ bid: '1' }], record: { bid: '1' }, version: 1 },
    {
      why: 'fields present replace, absent ones stay',
      updates: [{ bid: '1', ask: '3' }, { bid: '2' }],
      record: { bid: '2', ask: '3' },
      version: 2,
    },
    {
      why: 'null removes',
      updates: [{ bid: '1', ask: '3' }, { bid: null }],
      record: { ask: '3' },
      version: 2,
    },
    {
      why: 'null of a field that is not there',
      updates: [{ bid: '1' }, { ask: null }],
      record: { bid: '1' },
      version: 2,
    },
    { why: 'all fields can go', updates: [{ bid: '1' }, { bid: null }], record: {}, version: 2 },
    {
      why: 'the same value again is a new version',
      updates: [{ bid: '1' }, { bid: '1' }],
      record: { bid: '1' },
      version: 2,
    },
    {
      why: 'false, 0 and the empty text are values',
      updates: [{ open: true }, { open: false, size: 0, note: '' }],
      record: { open: false, size: 0, note: '' },
      version: 2,
    },
    {
      why: 'ts is a field, seq is the version',
      updates: [{ bid: '1', ts: 5, seq: 40 }],
      record: { bid: '1', ts: 5 },
      version: 40,
    },
    {
      why: 'names that every object inherits',
      updates: [{ constructor: 'x', toString: 1 }, { constructor: null }],
      record: { toString: 1 } as unknown as Fields, // its type forbids only the inherited method
      version: 2,
    },
  ])('$why', ({ updates, record, version }) => {
    const market = new Market(10)
    let topic: Topic | null = null
    for (const update of updates) topic = apply(market, update)
    expect({ ...topic!.fields }).toEqual(record)
    expect(topic!.fieldCount).toBe(Object.keys(record).length)
    expect(topic!.version).toBe(version)
  })

  test('tells of the first value of a topic, once, and lists it in its channel', () => {
    const market = new Market(10)
    const onFirstValue = vi.fn()
    market.onFirstValue = onFirstValue
    const asked = market.topic('ticker:B')
    expect(market.channel('ticker')).toEqual([])
    const a = apply(market, { bid: '1' }, 'ticker:A')
    const b = apply(market, { bid: '1' }, 'ticker:B')
    apply(market, { bid: '2' }, 'ticker:A')
    expect(b).toBe(asked)
    expect(market.channel('ticker')).toEqual([a, b])
    expect(onFirstValue.mock.calls).toEqual([[a], [b]])
    expect(market.topicCount).toBe(2)
  })
})

describe('refusals', () => {
  test.each<{ why: string; update: Update; refused: boolean }>([
    { why: 'one field more than fits', update: { extra: 1 }, refused: true },
    { why: 'fields that are there already', update: fieldsOf(FIELDS_MAX), refused: false },
    { why: 'one in, one out', update: { extra: 1, f0: null }, refused: false },
    { why: 'one in, one out that was not there', update: { extra: 1, x: null }, refused: true },
    { why: 'a number beside all the fields', update: { f0: 9, seq: 3 }, refused: false },
  ])('a full record and $why', ({ update, refused }) => {
    const market = new Market(10)
    const topic = apply(market, fieldsOf(FIELDS_MAX))
    const outcome = market.apply(NAME, update, 0)
    expect(outcome).toBe(refused ? 'too_many_fields' : topic)
    expect(Object.keys(topic.fields).length).toBe(FIELDS_MAX)
    expect(topic.version).toBe(refused ? 1 : (update.seq ?? 2))
  })

  test('a name that is none', () => {
    const market = new Market(10)
    expect(market.apply('nothing', { bid: '1' }, 0)).toBe('bad_topic')
    expect(market.topic('nothing')).toBeNull()
    expect(market.find('nothing')).toBeUndefined()
  })

  test('a late duplicate changes nothing', () => {
    const market = new Market(10)
    const topic = apply(market, { bid: '2', seq: 8 })
    expect(market.apply(NAME, { bid: '1', seq: 7 }, 1)).toBe('late')
    expect(topic.fields).toEqual({ bid: '2' })
    expect(topic.version).toBe(8)
  })

  test('more topics than fit: those with a value go on, the others stay as they were', () => {
    const market = new Market(1)
    const known = apply(market, { bid: '1' }, 'ticker:A')
    const asked = market.topic('ticker:B')!
    expect(market.apply('ticker:B', { bid: '1' }, 0)).toBe('topic_limit')
    expect(market.reload('ticker:B', { bid: '1' }, 0)).toBe('topic_limit')
    expect(market.apply('ticker:C', { bid: '1' }, 0)).toBe('topic_limit')
    expect(apply(market, { bid: '2' }, 'ticker:A')).toBe(known)
    expect(market.find('ticker:B')).toBe(asked)
    expect(market.find('ticker:C')).toBeUndefined()
    expect(asked.hasValue).toBe(false)
  })
})

describe('release', () => {
  test('forgets a topic without a value, and its id is given to another', () => {
    const market = new Market(10)
    const topics = ['A', 'B', 'C'].map((key) => market.topic(`ticker:${key}`)!)
    market.release(topics[1]!)
    expect(market.find('ticker:B')).toBeUndefined()
    const next = [market.topic('ticker:D')!, market.topic('ticker:E')!]
    const ids = [topics[0]!, topics[2]!, ...next].map(({ id }) => id)
    expect(new Set(ids)).toEqual(new Set([0, 1, 2, 3]))
  })

  test('leaves a topic that has a value', () => {
    const market = new Market(10)
    const topic = apply(market, { bid: '1' })
    market.release(topic)
    expect(market.find(NAME)).toBe(topic)
  })

  test('a topic released twice does not take away its successor', () => {
    const market = new Market(10)
    const first = market.topic(NAME)!
    market.release(first)
    const second = market.topic(NAME)!
    market.release(first)
    expect(market.find(NAME)).toBe(second)
    expect(market.topic('ticker:OTHER')!.id).not.toBe(second.id)
  })
})
