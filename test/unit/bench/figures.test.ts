/**
 * Figures: goal: whatever a run reports has a name, a unit and an explanation, and reads as what it is.
 */
import { expect, describe as group, test } from 'vitest'
import { describe, FIGURES, isFigure } from '../../../bench/report/figures.ts'
import { format, formatRatioLine, formatSpread } from '../../../bench/report/format.ts'
import { spreadOf } from '../../../bench/report/spread.ts'
import { SCENARIOS } from '../../../bench/scenario/index.ts'

group('every figure', () => {
  test.each(SCENARIOS.flatMap(({ name, figures }) => figures.map((figure) => ({ name, figure }))))(
    '$figure of $name is described',
    ({ figure }) => {
      expect(isFigure(figure)).toBe(true)
    },
  )

  test('has a label of its own', () => {
    const labels = Object.values(FIGURES).map(({ label }) => label)
    expect(labels.filter((label, i) => labels.indexOf(label) !== i)).toEqual([])
  })

  test.each(Object.entries(FIGURES))('%s has its unit last', (name, { unit }) => {
    const ending = { ms: /Ms(P\d+|Max)?$/, '/s': /PerS(Max)?$/, part: /Part$|^utilization$/ }
    const known = Object.entries(ending).filter(([, pattern]) => pattern.test(name))
    for (const [expected] of known) expect(unit).toMatch(new RegExp(`${expected}$`))
    if (unit in ending) expect(known).toHaveLength(1)
  })
})

test("a group's figure is described by the same entry, under the group's name", () => {
  expect(describe('slow.ageMsP99')).toEqual({ ...FIGURES.ageMsP99, label: 'slow: age p99' })
  expect(describe('calm.slow.ageMsP99').label).toBe('calm slow: age p99')
})

test.each(['', 'ageP99', 'slow.', '.ageMsP99', 'ageMsP99.slow', 'toString', 'slow.constructor'])(
  'no figure is called "%s"',
  (name) => {
    expect(isFigure(name)).toBe(false)
    expect(() => describe(name)).toThrow(`no figure is called ${name}`)
  },
)

test.each([
  ['ageMsP99', 14.234, '14.2 ms'],
  ['ageMsP99', 0.0512, '0.0512 ms'],
  ['ageMsP99', 999.4, '999 ms'],
  ['ageMsP99', 1_000, '1 s'],
  ['slow.ageMsP99', 20_412, '20.4 s'],
  ['cpuUsPerUpdate', 3.514, '3.51 us'],
  ['updatesPerS', 19_983.4, '19,980/s'],
  ['rssMiB', 92.16, '92.2 MiB'],
  ['rssSlopeKiBPerS', -0.512, '-0.512 KiB/s'],
  ['utilization', 0.4567, '45.7 %'],
  ['cpuPercent', 45.67, '45.7 %'],
  ['disorders', 1_234_567, '1,234,567'],
  ['rssMiB', undefined, '-'],
  ['rssMiB', null, '-'],
  ['rssMiB', Number.NaN, '-'],
])('%s of %s reads %s', (name, value, text) => {
  expect(format(name, value)).toBe(text)
})

test.each([
  ['deliveredPart', 1, '100 %'],
  ['deliveredPart', 0.999999, '99.99 %'],
  ['deliveredPart', 0.99994, '99.99 %'],
  ['utilization', 0.9999, '99.9 %'],
  ['deliveredPart', 1.004, '100.4 %'],
  ['deliveredPart', 0, '0 %'],
])('%s: what is short of all never reads as all: %s is %s', (name, value, text) => {
  expect(format(name, value)).toBe(text)
})

test.each([
  ['one round', 'rssMiB', [92], '92 MiB'],
  ['several', 'rssMiB', [93, 92, 96], '93 MiB (92-96)'],
  ['units that differ', 'ageMsP99', [900, 800, 1_200], '900 ms (800 ms-1.2 s)'],
  ['below 0', 'rssSlopeKiBPerS', [1, -2, 3], '1 KiB/s (-2 to 3)'],
  ['all the same', 'disorders', [0, 0], '0'],
])('a spread of %s', (_, name, rounds, text) => {
  expect(formatSpread(name, spreadOf(rounds))).toBe(text)
})

test('a ratio reads as it is to be quoted', () => {
  const ratio = { figure: 'cpuUsPerUpdate', of: 'tickwire', to: 'raw-uws' }
  const several = formatRatioLine({ ...ratio, ...spreadOf([1.01, 1.05, 1.03]) })
  expect(several).toBe('cpuUsPerUpdate tickwire / raw-uws: 1.03 (1.01-1.05, 3 rounds)')
  const one = formatRatioLine({ ...ratio, ...spreadOf([0.5]) })
  expect(one).toBe('cpuUsPerUpdate tickwire / raw-uws: 0.500 (1 round)')
})
