/**
 * Walk, schedule and simulation: goal: a market that looks real and can be had again. Method: many steps from fixed
 * seeds, times given by hand.
 */
import { describe, expect, test } from 'vitest'
import { decode } from '../../../src/ingest/decode.ts'
import { Schedule, Simulation } from '../../../src/ingest/simulator.ts'
import { Walk } from '../../../src/ingest/walk.ts'
import { channelOf } from '../../../src/market/topic-name.ts'

const STEPS = 20_000
const steps = (walk: Walk, count = STEPS) => Array.from({ length: count }, (_, i) => walk.next(i))

describe('the walk', () => {
  test('is the same for the same seed, and another for another', () => {
    const [one, again, other] = [1, 1, 2].map((seed) => new Walk({ symbols: 100, seed }))
    expect(one!.all(0)).toEqual(again!.all(0))
    const taken = steps(one!, 1_000)
    expect(taken).toEqual(steps(again!, 1_000))
    expect(taken).not.toEqual(steps(other!, 1_000))
  })

  test('begins with a whole record of each symbol', () => {
    const all = new Walk({ symbols: 300, seed: 3 }).all(5)
    expect(new Set(all.map(({ topic }) => topic)).size).toBe(300)
    const fields = ['symbol', 'bid', 'bidSize', 'ask', 'askSize', 'last', 'lastSize', 'ts']
    for (const { topic, update } of all) {
      expect(Object.keys(update)).toEqual(fields)
      expect(topic).toBe(`ticker:${update.symbol}`)
      expect(channelOf(topic)).toBe('ticker')
    }
  })

  test('a few symbols make most of the updates', () => {
    const counts = new Map<string, number>()
    for (const { topic } of steps(new Walk({ symbols: 1_000, seed: 4 }))) {
      counts.set(topic, (counts.get(topic) ?? 0) + 1)
    }
    const sorted = [...counts.values()].sort((a, b) => b - a)
    const top = sorted.slice(0, 10).reduce((sum, count) => sum + count, 0)
    expect(sorted[0]! / STEPS).toBeGreaterThan(0.1)
    expect(top / STEPS).toBeGreaterThan(0.3)
    expect(counts.size).toBeGreaterThan(500)
  })

  test('updates are quotes or trades, and what a publisher may send', () => {
    const quote = 'symbol,bid,bidSize,ask,askSize,ts'
    const kinds = new Set<string>()
    for (const { update } of steps(new Walk({ symbols: 50, seed: 5 }), 2_000)) {
      kinds.add(Object.keys(update).join())
      expect(decode(Buffer.from(JSON.stringify(update)))).toEqual(update)
    }
    expect([...kinds].sort()).toEqual([quote, 'symbol,last,lastSize,ts'])
  })

  test('prices stay positive decimals of as many digits, and the ask above the bid', () => {
    const walk = new Walk({ symbols: 40, seed: 6 })
    const digits = new Map<unknown, number>()
    const digitsOf = (price: unknown) => String(price).split('.')[1]?.length ?? 0
    for (const { topic, update } of walk.all(0)) digits.set(topic, digitsOf(update.bid))
    for (const { topic, update } of steps(walk)) {
      if (update.bid === undefined) continue
      expect(Number(update.bid)).toBeGreaterThan(0)
      expect(Number(update.ask)).toBeGreaterThan(Number(update.bid))
      expect([digitsOf(update.bid), digitsOf(update.ask)]).toEqual([
        digits.get(topic),
        digits.get(topic),
      ])
    }
  })
})

describe('the schedule', () => {
  test('gives what is due, however late it is asked', () => {
    const schedule = new Schedule(1_000, 0)
    expect([10, 10.5, 13, 40].map((nowMs) => schedule.take(nowMs))).toEqual([10, 0, 3, 27])
  })

  test('meets rates below one a tick', () => {
    const schedule = new Schedule(3, 0)
    let count = 0
    for (let nowMs = 10; nowMs <= 10_000; nowMs += 10) count += schedule.take(nowMs)
    expect(count).toBe(30)
  })

  test('owes no more than a quarter of a second after a pause, and keeps the rate then', () => {
    const schedule = new Schedule(1_000, 0)
    expect(schedule.take(60_000)).toBe(250)
    expect(schedule.take(60_100)).toBe(100)
  })
})

test('a simulation begins whole and goes on', () => {
  const simulation = new Simulation({ symbols: 7, ratePerS: 1_000_000, seed: 1 })
  expect(simulation.all().length).toBe(7)
  const before = performance.now()
  while (performance.now() < before + 1) {
    // a millisecond must pass for something to be due
  }
  expect(simulation.take().length).toBeGreaterThan(0)
})
