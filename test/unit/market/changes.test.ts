/**
 * Changes: goal: a reader of deltas ends with the same record as a reader of whole ones. Method: random lives of a
 * topic; after each step, `changes` applied to the record of `changesFrom` must give the present one.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Market } from '../../../src/market/market.ts'
import type { Fields, Update } from '../../../src/market/record.ts'

const NAME = 'ticker:BTC-USD'

type Step =
  | { does: 'apply' | 'reload'; update: Update }
  | { does: 'turn' }
  | { does: 'keep'; keeps: boolean }

const update: fc.Arbitrary<Update> = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'd', 'constructor'),
  fc.option(fc.integer({ min: 0, max: 3 }), { nil: null }),
  { minKeys: 1, maxKeys: 3 },
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ does: fc.constant('apply' as const), update }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('reload' as const), update }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('turn' as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('keep' as const), keeps: fc.boolean() }) },
)

function take(market: Market, step: Step): void {
  if (step.does === 'apply') market.apply(NAME, step.update, 0)
  if (step.does === 'turn') market.turn++
  if (step.does === 'keep') market.topic(NAME)!.keepsChanges = step.keeps
  if (step.does !== 'reload') return
  market.reload(NAME, step.update, 0)
}

/** What a client does with a delta. */
function patch(record: Fields, changes: Update): Fields {
  const patched = { ...record }
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined) delete patched[name]
    else patched[name] = value
  }
  return patched
}

describe('changes', () => {
  test('lead from the record of changesFrom to the present one', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const market = new Market(10)
        const topic = market.topic(NAME)!
        topic.keepsChanges = true
        const history = new Map<number, Fields>([[topic.version, {}]])
        for (const step of steps) {
          take(market, step)
          history.set(topic.version, { ...topic.fields })
          if (topic.changes === null) continue
          const base = history.get(topic.changesFrom)
          expect(base).toBeDefined()
          expect(patch(base!, topic.changes)).toEqual({ ...topic.fields })
        }
      }),
    )
  })

  test('of one turn are collected, of the turn before are not', () => {
    const market = new Market(10)
    const topic = market.topic(NAME)!
    topic.keepsChanges = true
    market.apply(NAME, { bid: '1', ask: '3' }, 0)
    market.turn++
    market.apply(NAME, { bid: '2' }, 0)
    market.apply(NAME, { size: 4, ask: '3' }, 0)
    expect([topic.changesFrom, topic.changes]).toEqual([1, { bid: '2', size: 4 }])
    market.turn++
    expect([topic.changesFrom, topic.changes]).toEqual([1, { bid: '2', size: 4 }])
    market.apply(NAME, { bid: null }, 0)
    expect([topic.changesFrom, topic.changes]).toEqual([3, { bid: null }])
  })

  test('are not collected for nobody', () => {
    const market = new Market(10)
    market.apply(NAME, { bid: '1' }, 0)
    expect(market.find(NAME)!.changes).toBeNull()
  })

  test('from before a record was overwritten are void', () => {
    const market = new Market(10)
    const payload = Buffer.from('{"bid":"1"}')
    const topic = market.topic(NAME)!
    topic.keepsChanges = true
    market.apply(NAME, { bid: '1' }, 0)
    expect(topic.changes).toEqual({ bid: '1' })
    expect(topic.recognises(payload)).toBe(false)
    topic.keepsChanges = false
    topic.learn(payload, { bid: '1' })
    expect(market.recognise(NAME, payload)).toBe(topic)
    market.overwrite(topic, payload, 0)
    expect(topic.changes).toBeNull()
  })
})
