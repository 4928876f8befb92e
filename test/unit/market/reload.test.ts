/**
 * Reload: goal: after a break the record is what the publisher says, whatever came in while it was being read. Method:
 * a table of cases, and a naive model that applies the same story field by field.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Market } from '../../../src/market/market.ts'
import type { Fields, Update } from '../../../src/market/record.ts'
import { Reload } from '../../../src/market/reload.ts'
import type { Topic } from '../../../src/market/topic.ts'

const NAME = 'ticker:BTC-USD'

interface Story {
  readonly before?: Update
  readonly during?: readonly Update[]
  readonly stored: Update
}

function tell(story: Story): { market: Market; outcome: Topic | string | null } {
  const market = new Market(10)
  if (story.before !== undefined) market.apply(NAME, story.before, 0)
  const reload = new Reload()
  for (const update of story.during ?? []) market.apply(NAME, update, 1, 1, reload)
  const outcome = market.reload(NAME, story.stored, 2, reload)
  return { market, outcome }
}

describe('reload', () => {
  test.each<Story & { why: string; record: Fields; version: number; changed: boolean }>([
    {
      why: 'a topic that was not known',
      stored: { bid: '1', ts: 9, seq: 40 },
      record: { bid: '1', ts: 9 },
      version: 40,
      changed: true,
    },
    {
      why: 'a record that moved on during the break',
      before: { bid: '1', ask: '3', seq: 5 },
      stored: { bid: '2', ask: '3', seq: 9 },
      record: { bid: '2', ask: '3' },
      version: 9,
      changed: true,
    },
    {
      why: 'a field that was removed during the break',
      before: { bid: '1', halted: true },
      stored: { bid: '1' },
      record: { bid: '1' },
      version: 2,
      changed: true,
    },
    {
      why: 'a record that did not change: no new version',
      before: { bid: '1', seq: 5 },
      stored: { bid: '1', seq: 5 },
      record: { bid: '1' },
      version: 5,
      changed: false,
    },
    {
      why: 'a field received meanwhile is newer than the stored one',
      during: [{ bid: '2' }],
      stored: { bid: '1', ask: '3' },
      record: { bid: '2', ask: '3' },
      version: 2,
      changed: true,
    },
    {
      why: 'a field removed meanwhile stays removed',
      before: { bid: '1', halted: true },
      during: [{ halted: null }],
      stored: { bid: '1', halted: true },
      record: { bid: '1' },
      version: 2,
      changed: false,
    },
    {
      why: 'null in a stored record is no field',
      stored: { bid: '1', ask: null },
      record: { bid: '1' },
      version: 1,
      changed: true,
    },
    {
      why: 'a publisher that restarted during the break',
      before: { bid: '1', ts: 50, seq: 900 },
      stored: { bid: '2', ts: 60, seq: 3 },
      record: { bid: '2', ts: 60 },
      version: 901,
      changed: true,
    },
    {
      why: 'a Redis that came back with older records than ours: ours stays',
      before: { bid: '2', ts: 60, seq: 900 },
      stored: { bid: '1', ts: 50, seq: 890 },
      record: { bid: '2', ts: 60 },
      version: 900,
      changed: false,
    },
  ])('$why', ({ record, version, changed, ...story }) => {
    const { market, outcome } = tell(story)
    const topic = market.find(NAME)!
    expect(topic.fields).toEqual(record)
    expect(topic.fieldCount).toBe(Object.keys(record).length)
    expect(topic.version).toBe(version)
    expect(outcome === topic).toBe(changed)
  })

  test('the numbers go on from the stored one', () => {
    const { market } = tell({ stored: { bid: '1', seq: 40 } })
    expect(market.apply(NAME, { bid: '0', seq: 40 }, 3)).toBe('late')
    expect((market.apply(NAME, { bid: '2', seq: 41 }, 3) as Topic).version).toBe(41)
  })

  test('what was received before the break does not win over the next one', () => {
    const { market } = tell({ during: [{ bid: '1' }], stored: { bid: '1' } })
    market.reload(NAME, { bid: '2' }, 9, new Reload())
    expect(market.find(NAME)!.fields).toEqual({ bid: '2' })
  })
})

const names = fc.constantFrom('a', 'b', 'c', 'd')
const update: fc.Arbitrary<Update> = fc.dictionary(
  names,
  fc.option(fc.integer({ min: 0, max: 3 }), { nil: null }),
  { minKeys: 1, maxKeys: 3 },
)

describe('reload against a naive publisher', () => {
  test('the end is what the publisher holds, wherever the break and the reading were', () => {
    const story = fc
      .record({
        updates: fc.array(update, { maxLength: 20 }),
        cuts: fc.tuple(fc.nat(), fc.nat(), fc.nat()),
      })
      .map(({ updates, cuts }) => {
        const [down, up, read] = cuts.map((cut) => cut % (updates.length + 1)).sort((a, b) => a - b)
        return { updates, down: down!, up: up!, read: read! }
      })
    fc.assert(
      fc.property(story, ({ updates, down, up, read }) => {
        const market = new Market(10)
        const publisher = new Map<string, number>()
        const stored = () => Object.fromEntries(publisher) as Update
        let snapshot = stored()
        let reload: Reload | null = null
        for (const [index, change] of updates.entries()) {
          if (index === up) reload = new Reload()
          if (index === read) snapshot = stored()
          publish(publisher, change)
          // Between `down` and `up` nothing arrives; after `up` everything does, and the reading's answer last.
          if (index < down || index >= up) market.apply(NAME, change, index, index, reload)
        }
        if (read === updates.length) snapshot = stored()
        market.reload(NAME, snapshot, 99, reload)
        expect(market.find(NAME)?.fields ?? {}).toEqual(stored())
      }),
    )
  })
})

/** What a publisher does to its own record. */
function publish(record: Map<string, number>, change: Update): void {
  for (const [name, value] of Object.entries(change)) {
    if (value === null) record.delete(name)
    else record.set(name, value as number) // the generator above makes nothing else
  }
}
