/**
 * Several parts of one source: goal: each record ends as its own publisher has it, whenever which part breaks and
 * reloads, and the feed is up exactly while all parts are. Method: a random story of two publishers with their stores,
 * each followed by a part, against the publishers' own records.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Several } from '../../../src/ingest/several.ts'
import type { PartSink } from '../../../src/ingest/source.ts'
import type { Scalar, Update } from '../../../src/market/record.ts'
import { ManualSource } from '../../support/manual-source.ts'
import { MarketBehind } from '../../support/market-behind.ts'

const TOPICS = ['ticker:A', 'ticker:B']

/** A publisher with its store, and the part that follows it. */
class Side {
  readonly topic: string
  readonly sink: PartSink
  state: 'down' | 'reloading' | 'up' = 'down'
  record: Record<string, Scalar> = {}
  /** What was read from the store during this reload, and is still to be handed over. */
  private page: Record<string, Scalar> | null = null

  constructor(topic: string, sink: PartSink) {
    this.topic = topic
    this.sink = sink
  }

  publish(update: Update): void {
    this.record = { ...this.record }
    for (const [name, value] of Object.entries(update)) {
      if (value == null) delete this.record[name]
      else this.record[name] = value
    }
    if (this.state !== 'down') this.sink.update(this.topic, update)
  }

  step(): void {
    if (this.state === 'up') {
      this.state = 'down'
      this.sink.down('gone')
    } else if (this.state === 'down') {
      this.state = 'reloading'
      this.page = null
      this.sink.beginReload()
    } else {
      this.sink.stored(this.topic, this.page ?? this.record)
      this.state = 'up'
      this.sink.up()
    }
  }

  /** The store is read; messages may come in before what was read is handed over. */
  read(): void {
    if (this.state === 'reloading') this.page = this.record
  }

  /** Breaks in the middle of whatever it was. */
  fail(): void {
    this.state = 'down'
    this.sink.down('failed')
  }
}

type Step =
  | { readonly does: 'publish'; readonly side: number; readonly update: Update }
  | { readonly does: 'step' | 'fail' | 'read'; readonly side: number }

const side = fc.nat(1)
const update: fc.Arbitrary<Update> = fc.dictionary(
  fc.constantFrom('a', 'b', 'c'),
  fc.option(fc.integer({ min: 0, max: 3 }), { nil: null }),
  { minKeys: 1, maxKeys: 2 },
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant('publish' as const), side, update }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('step' as const), side }) },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constantFrom('fail' as const, 'read' as const, 'read' as const),
      side,
    }),
  },
)

describe('parts that break and reload, each in its own time', () => {
  test('records are exact for a part that is up, and the feed is up exactly while all are', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const behind = new MarketBehind()
        const sides = TOPICS.map((topic) => new Side(topic, behind.sink.part()))
        for (const [at, told] of steps.entries()) {
          const one = sides[told.side]!
          const versions = TOPICS.map((topic) => behind.market.find(topic)?.version ?? 0)
          if (told.does === 'publish') one.publish(told.update)
          else one[told.does]()
          for (const { topic, state, record } of sides) {
            if (state === 'up') expect(behind.records[topic] ?? {}, `step ${at}`).toEqual(record)
          }
          const after = TOPICS.map((topic) => behind.market.find(topic)?.version ?? 0)
          expect(after.every((version, i) => version >= versions[i]!)).toBe(true)
          const isUp = sides.every(({ state }) => state === 'up')
          expect(behind.feed.state).toBe(isUp ? 'live' : 'down')
          expect(behind.sink.counters.partsUp).toBe(
            sides.filter(({ state }) => state === 'up').length,
          )
        }
      }),
      { numRuns: 300 },
    )
  })

  test('a part that leaves is waited for no longer; a new one is', () => {
    const { sink, feed } = new MarketBehind()
    const [a, b] = [sink.part(), sink.part()]
    a.beginReload()
    a.up()
    expect(feed.state).toBe('down')
    b.leave()
    expect(feed.state).toBe('live')
    const c = sink.part()
    expect(feed.state).toBe('down')
    c.beginReload()
    c.up()
    expect(feed.state).toBe('live')
    c.leave()
    a.leave()
    expect(feed.state).toBe('down')
    expect(sink.counters).toMatchObject({ parts: 0, partsUp: 0, downs: 2 })
  })

  test('several sources are one: up when the last of them is', async () => {
    const { sink, feed, records } = new MarketBehind()
    expect(records).toEqual({})
    const [a, b] = [new ManualSource(), new ManualSource()]
    const source = new Several([a, b])
    await source.start(sink)
    expect(feed.state).toBe('live')
    b.down('gone')
    expect(feed.state).toBe('down')
    expect(sink.counters).toMatchObject({ parts: 2, partsUp: 1 })
    b.up()
    expect(feed.state).toBe('live')
    await source.stop()
  })
})
