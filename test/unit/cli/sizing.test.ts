/**
 * Sizing: goal: what `tickwire size` says is near what was measured, and moves the right way. Method: the model against
 * the kept results of docs/benchmarks/, and its monotony by fast-check.
 */

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Demand, sizeOf } from '../../../src/cli/sizing.ts'

/** docs/sizing.md says so. */
const OFF_MAX = 0.35

const DEMAND: Demand = {
  clients: 50_000,
  topicsEach: 20,
  topics: 500,
  updatesPerS: 2_000,
  intervalMs: 250,
  messageBytes: 190,
  utilization: 0.6,
  clientsPerWorker: 10_000,
}

interface Result {
  readonly values: Readonly<Record<string, number>>
  readonly sides: readonly {
    readonly name: string
    readonly figures: Readonly<Record<string, { readonly median: number } | undefined>>
  }[]
}

/** Of each result: its side, and what differs from the names of its values. */
const MEASURED: readonly { name: string; side?: string; demand?: Partial<Demand> }[] = [
  { name: 'watchlist' },
  { name: 'firehose', demand: { topicsEach: 200 } },
  { name: 'hot-symbol', demand: { topicsEach: 1, topics: 1 } },
  { name: 'screens', side: 'every 250 ms' },
  { name: 'screens', side: 'at once', demand: { intervalMs: 0 } },
  { name: 'dialects', side: 'json full' },
  { name: 'redis-outage' },
]

describe('next to what was measured', () => {
  test.each(MEASURED)('$name $side', ({ name, side = 'tickwire', demand }) => {
    const text = readFileSync(`docs/benchmarks/${name}.json`, 'utf8')
    const { values, sides } = JSON.parse(text) as Result
    const { figures } = sides.find((one) => one.name === side)!
    const { clients, topicsEach = 1, topics = 1, updatesPerS = 0, intervalMs = 0 } = values
    const asked = {
      ...DEMAND,
      clients: clients!,
      topicsEach,
      topics,
      updatesPerS,
      intervalMs,
      ...demand,
    }
    const { cores, messagesPerS } = sizeOf({ ...asked, utilization: 0.95, clientsPerWorker: 1e6 })
    expectNear(cores * 100, figures.cpuPercent!.median)
    expectNear(messagesPerS * asked.clients, figures.updatesPerS!.median)
  })
})

function expectNear(estimate: number, measured: number): void {
  expect(estimate / measured).toBeGreaterThan(1 - OFF_MAX)
  expect(estimate / measured).toBeLessThan(1 + OFF_MAX)
}

test('more of anything never takes less', () => {
  const more = fc.record({
    field: fc.constantFrom('clients', 'topicsEach', 'updatesPerS', 'messageBytes' as const),
    times: fc.double({ min: 1, max: 20, noNaN: true }),
    intervalMs: fc.constantFrom(0, 100, 250, 1_000),
  })
  fc.assert(
    fc.property(more, ({ field, times, intervalMs }) => {
      const before = sizeOf({ ...DEMAND, intervalMs })
      const after = sizeOf({ ...DEMAND, intervalMs, [field]: DEMAND[field] * times })
      expect(after.workers).toBeGreaterThanOrEqual(before.workers)
      expect(after.bandwidthBytesPerS).toBeGreaterThanOrEqual(before.bandwidthBytesPerS * 0.999)
    }),
  )
})

test('an interval saves what it is for', () => {
  const { cores } = sizeOf(DEMAND)
  expect(sizeOf({ ...DEMAND, intervalMs: 0 }).cores).toBeGreaterThan(3 * cores)
})

test('a rate that one core cannot take in has no size', () => {
  expect(sizeOf({ ...DEMAND, updatesPerS: 1_000_000 }).workers).toBe(Number.POSITIVE_INFINITY)
})
