/**
 * Chart: goal: a line lies where its values are, within its chart, and its gaps stay gaps.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Chart, drawChart, type Line, type Point } from '../../../bench/report/chart.ts'
import { axisOf, linearAxis, logAxis, place } from '../../../bench/report/scale.ts'

const VALUE = fc.integer({ min: -1e9, max: 1e9 }).map((thousandths) => thousandths / 1_000)
const POSITIVE = fc.double({ min: 1e-3, max: 1e7, noNaN: true })

describe('an axis', () => {
  test('holds every value, and its ticks lie on it, rising', () => {
    fc.assert(
      fc.property(fc.array(VALUE), (values) => {
        const { min, max, ticks } = axisOf(values, String)
        const slack = 1e-9 * Math.max(1, Math.abs(min), Math.abs(max))
        for (const value of values) {
          expect(value).toBeGreaterThanOrEqual(min - slack)
          expect(value).toBeLessThanOrEqual(max + slack)
        }
        expect(ticks.length).toBeGreaterThanOrEqual(2)
        expect(ticks.length).toBeLessThanOrEqual(20)
        const places = ticks.map(({ value }) => value)
        expect(places).toEqual([...new Set(places)].sort((a, b) => a - b))
        for (const value of places) expect(value).toBeGreaterThanOrEqual(min)
      }),
    )
  })

  test.each([
    { values: [100, 20_000], isLog: true },
    { values: [13, 17], isLog: false },
    { values: [0, 20_000], isLog: false },
    { values: [-1, 20_000], isLog: false },
    { values: [5], isLog: false },
    { values: [], isLog: false },
  ])('around $values: logarithmic $isLog', ({ values, isLog }) => {
    expect(axisOf(values, String).isLog).toBe(isLog)
  })

  test('has round ticks', () => {
    expect(linearAxis(0, 25, String).ticks.map(({ label }) => label)).toEqual([
      '0',
      '5',
      '10',
      '15',
      '20',
      '25',
    ])
    expect(
      linearAxis(0, 0.3, String)
        .ticks.map(({ label }) => label)
        .slice(0, 4),
    ).toEqual(['0', '0.05', '0.1', '0.15'])
    expect(logAxis(143, 20_700, String).ticks.map(({ label }) => label)).toEqual([
      '100',
      '1000',
      '10000',
    ])
    expect(logAxis(3, 70, String).ticks.map(({ label }) => label)).toEqual([
      '2',
      '5',
      '10',
      '20',
      '50',
      '100',
    ])
  })
})

describe('place', () => {
  test('a larger value never lies before a smaller one, and all lie between the ends', () => {
    fc.assert(
      fc.property(POSITIVE, POSITIVE, fc.boolean(), (a, b, isLog) => {
        const axis = (isLog ? logAxis : linearAxis)(0.01, 1e5, String)
        const [small, large] = [Math.min(a, b), Math.max(a, b)].map((v) => place(axis, v, 40, 300))
        expect(small!).toBeLessThanOrEqual(large!)
        expect(small!).toBeGreaterThanOrEqual(40)
        expect(large!).toBeLessThanOrEqual(300)
      }),
    )
  })

  test('on a logarithmic axis equal factors are equal distances, and 0 lies at the end', () => {
    const axis = logAxis(1, 1_000, String)
    expect([1, 10, 100, 1_000].map((value) => place(axis, value, 0, 300))).toEqual(
      [0, 100, 200, 300].map((x) => expect.closeTo(x, 9)),
    )
    expect(place(axis, 0, 0, 300)).toBe(0)
    expect(place(axis, -5, 0, 300)).toBe(0)
  })
})

describe('drawChart', () => {
  test('breaks the line where there is no value', () => {
    const svg = drawn([
      line('a', [
        [0, 1],
        [1, 2],
        [2, null],
        [3, 4],
        [4, null],
      ]),
    ])
    const [, path] = /class="line s0" d="([^"]+)"/.exec(svg)!
    expect(path!.match(/[ML]/g)).toEqual(['M', 'L', 'M'])
  })

  test('labels stay in the chart and do not overlap, however close the lines end', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 8 }),
        (ends) => {
          const svg = drawn(
            ends.map((y, i) =>
              line(`side ${i}`, [
                [0, 0],
                [4, y],
              ]),
            ),
          )
          const ys = [...svg.matchAll(/class="end [^"]*" x="[^"]*" y="([^"]+)"/g)].map(([, y]) =>
            Number(y),
          )
          expect(ys).toHaveLength(ends.length)
          expect(Math.min(...ys)).toBeGreaterThan(0)
          expect(Math.max(...ys)).toBeLessThanOrEqual(HEIGHT)
          const gaps = ys.slice(1).map((y, i) => y - ys[i]!)
          for (const gap of gaps) expect(gap).toBeGreaterThan(13)
        },
      ),
    )
  })

  test('a line without any value has neither label nor tips', () => {
    const svg = drawn([line('a', [[0, null]]), line('b', [[0, 1]])])
    expect([...svg.matchAll(/class="end/g)]).toHaveLength(1)
    expect([...svg.matchAll(/<title>/g)]).toHaveLength(1)
  })

  test('tips say what the line is and what its value was, and are not more than can be pointed at', () => {
    const points = Array.from({ length: 1_000 }, (_, i): Point => [i / 250, i])
    const tips = [...drawn([line('tickwire', points)]).matchAll(/<title>([^<]*)<\/title>/g)]
    expect(tips.length).toBeLessThanOrEqual(41)
    expect(tips[0]![1]).toBe('tickwire: 0 at 0')
    expect(tips.at(-1)![1]).toBe('tickwire: 999 at 3.996')
  })
})

const HEIGHT = 200

function line(label: string, points: readonly Point[]): Line {
  return { label, slot: 0, isDashed: false, points }
}

function drawn(lines: readonly Line[]): string {
  const chart: Chart = {
    says: 'a chart',
    lines,
    x: linearAxis(0, 4, String),
    y: linearAxis(0, 100, String),
    width: 400,
    height: HEIGHT,
    tip: (x, y) => `${y} at ${x}`,
  }
  return drawChart(chart)
}
