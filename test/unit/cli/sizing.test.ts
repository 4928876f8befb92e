/**
 * Sizing: goal: what `tickwire size` says is near what was measured, and moves the right way. Method: the model against
 * the kept results of docs/benchmarks/, and its monotony by fast-check.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { comparisons, DEMAND as DEFAULTS, offBy } from '../../../scripts/sizing-docs.ts'
import { type Demand, sizeOf } from '../../../src/cli/sizing.ts'

/** docs/sizing.md says so. */
const OFF_MAX = 0.35

const DEMAND: Demand = { ...DEFAULTS, clients: 50_000, intervalMs: 250 }

describe('next to what was measured', () => {
  test.each(comparisons())('$name', ({ cpuPercent, messagesPerS, memoryMiB }) => {
    expect(Math.abs(offBy(cpuPercent))).toBeLessThan(OFF_MAX)
    expect(Math.abs(offBy(messagesPerS))).toBeLessThan(OFF_MAX)
    // Whoever gives a process less than it needs loses it; more costs little.
    expect(offBy(memoryMiB)).toBeGreaterThan(-0.1)
    expect(offBy(memoryMiB)).toBeLessThan(1)
  })
})

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
