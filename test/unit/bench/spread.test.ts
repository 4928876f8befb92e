/**
 * Spread: goal: medians, ratios, slopes and quantiles are what their names say, for whatever rounds there are.
 */
import fc from 'fast-check'
import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js'
import { describe, expect, test } from 'vitest'
import {
  merge,
  quantilesOf,
  ratiosOf,
  slope,
  spreadOf,
  timesAt,
} from '../../../bench/report/spread.ts'
import { sideOf } from '../../support/bench-result.ts'

const VALUE = fc.double({ min: -1e6, max: 1e6, noNaN: true })
const POSITIVE = fc.double({ min: 1e-3, max: 1e6, noNaN: true })

describe('spreadOf', () => {
  test.each([
    { rounds: [3], median: 3 },
    { rounds: [9, 1, 5], median: 5 },
    { rounds: [10, 9, 1, 2], median: 5.5 },
    { rounds: [100, 20, 3], median: 20 },
  ])('the median of $rounds is $median', ({ rounds, median }) => {
    expect(spreadOf(rounds)).toEqual({
      median,
      min: Math.min(...rounds),
      max: Math.max(...rounds),
      rounds,
    })
  })

  test('as many rounds lie above the median as below it, and none is left out', () => {
    fc.assert(
      fc.property(fc.array(VALUE, { minLength: 1 }), (rounds) => {
        const { median, rounds: kept } = spreadOf(rounds)
        expect(kept).toEqual(rounds)
        const below = rounds.filter((value) => value < median).length
        const above = rounds.filter((value) => value > median).length
        expect(Math.max(below, above)).toBeLessThanOrEqual(rounds.length / 2)
      }),
    )
  })

  test('does not change the rounds that it is given', () => {
    const rounds = [3, 1, 2]
    spreadOf(rounds)
    expect(rounds).toEqual([3, 1, 2])
  })

  test.each([{ rounds: [] }, { rounds: [1, Number.NaN] }, { rounds: [Number.POSITIVE_INFINITY] }])(
    'throws on $rounds',
    ({ rounds }) => {
      expect(() => spreadOf(rounds)).toThrow()
    },
  )
})

describe('ratiosOf', () => {
  test('divides round by round, so that the ratio of medians does not matter', () => {
    const sides = [sideOf('a', { cpuPercent: [2, 40, 6] }), sideOf('b', { cpuPercent: [1, 10, 2] })]
    expect(ratiosOf('cpuPercent', sides)).toEqual([
      { figure: 'cpuPercent', of: 'a', to: 'b', ...spreadOf([2, 4, 3]) },
    ])
  })

  test('what hits both sides of a round alike cancels out', () => {
    const rounds = fc.array(fc.tuple(POSITIVE, fc.double({ min: 0.1, max: 10, noNaN: true })), {
      minLength: 1,
    })
    fc.assert(
      fc.property(rounds, (rounds) => {
        const slowed = rounds.map(([value, stall]) => value * stall)
        const sides = [
          sideOf('a', { cpuPercent: slowed.map((value) => value * 1.5) }),
          sideOf('b', { cpuPercent: slowed }),
        ]
        expect(ratiosOf('cpuPercent', sides)[0]!.median).toBeCloseTo(1.5, 9)
      }),
    )
  })

  test.each([
    ['has no such figure', {}],
    ['has a round of 0', { cpuPercent: [1, 0] }],
  ])('none over a side that %s', (_, figures) => {
    const sides = [sideOf('a', { cpuPercent: [1, 1] }), sideOf('b', figures), sideOf('c', {})]
    expect(ratiosOf('cpuPercent', sides)).toEqual([])
  })

  test('one for each other side', () => {
    const sides = ['a', 'b', 'c'].map((name) => sideOf(name, { rssMiB: [5] }))
    expect(ratiosOf('rssMiB', sides).map(({ to }) => to)).toEqual(['b', 'c'])
  })
})

describe('slope', () => {
  test('finds the line that points lie on, wherever it begins', () => {
    const xs = fc.uniqueArray(fc.integer({ min: -100, max: 100 }), { minLength: 2 })
    fc.assert(
      fc.property(xs, fc.integer({ min: -50, max: 50 }), VALUE, (xs, rise, start) => {
        const found = slope(xs.map((x) => [x, start + rise * x]))
        expect(found).toBeCloseTo(rise, 4)
      }),
    )
  })

  test('weighs deviations by least squares, and leaves out points without a value', () => {
    expect(
      slope([
        [0, 0],
        [1, 2],
        [2, null],
        [2, 1],
      ]),
    ).toBeCloseTo(0.5, 12)
  })

  test.each([
    { points: [] },
    { points: [[1, 5]] },
    {
      points: [
        [1, 5],
        [1, 9],
      ],
    },
    {
      points: [
        [1, 5],
        [2, null],
      ],
    },
  ])('there is none through $points', ({ points }) => {
    expect(slope(points as [number, number | null][])).toBeNull()
  })
})

describe('quantiles', () => {
  test('are those of the times, in ms', () => {
    const histogram = recorded(Array.from({ length: 10_000 }, (_, i) => i + 1))
    const { p50, p90, p99, p999, p9999, max } = quantilesOf({ histogram })!
    const expected = [5, 9, 9.9, 9.99, 9.999, 10]
    for (const [i, found] of [p50, p90, p99, p999, p9999, max].entries()) {
      expect(Math.abs(found / expected[i]! - 1)).toBeLessThan(0.002)
    }
  })

  test('of nothing there are none', () => {
    expect(quantilesOf({ histogram: recorded([]) })).toBeNull()
    expect(timesAt(merge([]), [0.5])).toEqual([])
  })

  test('of merged histograms are those of all their times', () => {
    const times = fc.array(fc.integer({ min: 1, max: 2 ** 31 - 1 }), { minLength: 1 })
    fc.assert(
      fc.property(times, times, (a, b) => {
        const merged = merge([recorded(a), recorded(b)])
        const parts = [0, 0.25, 0.5, 0.99, 1]
        expect(timesAt(merged, parts)).toEqual(timesAt(recorded([...a, ...b]), parts))
      }),
      { numRuns: 20 },
    )
  })
})

function recorded(timesUs: readonly number[]): string {
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 2 ** 31 - 1,
    numberOfSignificantValueDigits: 3,
  })
  for (const us of timesUs) histogram.recordValue(us)
  return encodeIntoCompressedBase64(histogram)
}
