/**
 * Delayed views at their bounds: goal: what is on its way takes no more than it may at any rate; each topic still gets
 * its newest value; and what was taken back for that is given again. Method: simulated time, records of known size.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ENTRY_BYTES } from '../../../src/market/delay-ring.ts'
import { Delayed } from '../../../src/market/delayed.ts'
import { Market } from '../../../src/market/market.ts'
import { TopicIds } from '../../../src/market/topic-ids.ts'

const MIB = 1024 * 1024
const TICK_MS = 25

/** A market and its view. Times are whole ticks. */
class Pair {
  readonly live: Market
  readonly delayed: Delayed
  readonly marked: string[] = []
  nowMs = 0
  bytesMost = 0
  private value = 0

  constructor(delayMs: number, bytesMax: number) {
    const ids = new TopicIds()
    this.live = new Market(100_000, 0, ids)
    const view = new Market(100_000, delayMs, ids)
    this.delayed = new Delayed(this.live, view, bytesMax, 0, ({ name }) => {
      this.marked.push(name)
    })
  }

  /** Gives so many topics a new value of about so many bytes. */
  publish(topics: number, bytes: number): void {
    const a = `${this.value++}`.padEnd(bytes, ' ')
    for (let i = 0; i < topics; i++) this.live.apply(`t:${i}`, { a }, this.nowMs)
  }

  tick(ms = TICK_MS): void {
    this.nowMs += ms
    this.delayed.tick(this.nowMs)
    this.bytesMost = Math.max(this.bytesMost, this.delayed.bytes)
  }

  /** Publishes before each tick. */
  run(ms: number, topics: number, bytes: number): void {
    for (let passedMs = 0; passedMs < ms; passedMs += TICK_MS) {
      this.publish(topics, bytes)
      this.tick()
    }
  }

  /** The versions that the view lacks, by topic. */
  lacks(): number[] {
    const { view } = this.delayed
    return this.live.held.map(({ name, version }) => version - (view.find(name)?.version ?? 0))
  }
}

describe('a delayed view', () => {
  test('shows a value when it is as old as the delay, and not before', () => {
    const pair = new Pair(1_000, MIB)
    pair.nowMs = 100
    pair.publish(1, 10)
    pair.tick(0)
    pair.tick(999.999)
    expect(pair.delayed.view.topicCount).toBe(0)
    pair.tick(0.001)
    expect(pair.delayed.view.find('t:0')).toMatchObject({ version: 1, asOfMs: 100 })
    expect(pair.marked).toEqual(['t:0'])
  })

  test('is told of a topic no more often than it changes', () => {
    const pair = new Pair(1_000, MIB)
    pair.publish(3, 10)
    for (let i = 0; i < 100; i++) pair.tick()
    expect(pair.marked).toEqual(['t:0', 't:1', 't:2'])
  })

  test('keeps within its memory at any rate and any number of topics, and ends exact', () => {
    const phase = fc.record({
      ms: fc.integer({ min: 100, max: 5_000 }),
      topics: fc.integer({ min: 0, max: 400 }),
      bytes: fc.integer({ min: 1, max: 4_000 }),
    })
    const phases = fc.array(phase, { minLength: 1, maxLength: 6 })
    const property = fc.property(phases, fc.integer({ min: 1_000, max: 4_000 }), (all, delayMs) => {
      const pair = new Pair(delayMs, MIB)
      for (const { ms, topics, bytes } of all) pair.run(ms, topics, bytes)
      const recordBytesMost = Math.max(...all.map(({ bytes }) => bytes)) + '{"a":""}'.length
      expect(pair.bytesMost).toBeLessThan(MIB + ENTRY_BYTES + recordBytesMost)
      // The last value of each topic may take more than the bound, and so longer than the delay.
      for (let ms = 0; ms < 5 * delayMs; ms += TICK_MS) pair.tick()
      expect(pair.lacks().every((count) => count === 0)).toBe(true)
      expect(pair.delayed.bytes).toBe(0)
    })
    fc.assert(property, { numRuns: 25 })
  })

  test('under too much, every topic still moves on, and as often as every other', () => {
    const pair = new Pair(2_000, MIB)
    pair.run(6_000, 400, 2_000)
    pair.marked.length = 0
    pair.run(20_000, 400, 2_000)
    const counts = new Map<string, number>()
    for (const name of pair.marked) counts.set(name, (counts.get(name) ?? 0) + 1)
    expect(counts.size).toBe(400)
    expect(Math.max(...counts.values()) - Math.min(...counts.values())).toBeLessThanOrEqual(1)
  })

  test('steps are longer under too much, and as short as before after it', () => {
    const pair = new Pair(2_000, MIB)
    pair.run(4_000, 10, 100)
    expect(pair.delayed.stepMs).toBeLessThanOrEqual(100 + TICK_MS)
    pair.run(6_000, 200, 2_000)
    // 400 kB a round, of which three quarters of 1 MiB in 2 s may be copied.
    expect(pair.delayed.stepMs).toBeGreaterThan(900)
    expect(pair.delayed.stepMs).toBeLessThan(1_300)
    pair.run(4_000, 10, 100)
    expect(pair.delayed.stepMs).toBeLessThanOrEqual(100 + TICK_MS)
  })

  test('after a quiet time, a burst is copied at full pace', () => {
    const pair = new Pair(2_000, MIB)
    pair.run(6_000, 200, 2_000)
    for (let ms = 0; ms < 2_000; ms += TICK_MS) pair.tick()
    pair.marked.length = 0
    // Half of the burst's quarter of the memory.
    pair.run(300, 20, 2_000)
    for (let ms = 0; ms < 2_100; ms += TICK_MS) pair.tick()
    expect(pair.marked.filter((name) => name === 't:0').length).toBeGreaterThanOrEqual(3)
  })
})
