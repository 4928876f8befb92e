/**
 * Read and trim: goal: a file that is no result is refused with a sentence that says why; one that is kept holds all
 * that reports need, is small, and has lost no peak.
 */
import { describe, expect, test } from 'vitest'
import { whatIsWrong } from '../../../bench/report/read.ts'
import type { Result } from '../../../bench/report/result.ts'
import { printResult } from '../../../bench/report/table.ts'
import { printJson, trimmed } from '../../../bench/report/trim.ts'
import { benchResult } from '../../support/bench-result.ts'

const RESULT = benchResult()

describe('whatIsWrong', () => {
  test('nothing, with a result that went through a file', () => {
    expect(whatIsWrong(JSON.parse(JSON.stringify(RESULT)))).toBeNull()
  })

  test.each([{ value: null }, { value: [] }, { value: 'text' }, { value: 5 }])(
    '$value is no object',
    ({ value }) => {
      expect(whatIsWrong(value)).toBe('it is no object')
    },
  )

  test.each(Object.keys(RESULT))('%s is needed', (key) => {
    const { [key as keyof Result]: _, ...rest } = RESULT
    expect(whatIsWrong(rest)).toContain(key)
  })

  test.each(Object.keys(RESULT))('%s of another kind is refused', (key) => {
    expect(whatIsWrong({ ...RESULT, [key]: null })).toContain(key)
  })

  const [SIDE] = RESULT.sides
  const sideWith = (changes: object) => ({ sides: [{ ...SIDE, ...changes }] })
  test.each([
    { says: 'its schemaVersion is 2, and', changes: { schemaVersion: 2 } },
    { says: 'it has no sides', changes: { sides: [] } },
    { says: 'sides[1] is no object', changes: { sides: [SIDE, 5] } },
    { says: 'a figure ageP99', changes: sideWith({ figures: { ageP99: SIDE!.figures.rssMiB } }) },
    {
      says: 'rssMiB.median is no number',
      changes: sideWith({ figures: { rssMiB: { median: null } } }),
    },
    {
      says: 'distributions[0].histogram is missing',
      changes: sideWith({ distributions: [{ name: 'x' }] }),
    },
    {
      says: 'timeline[0].points is missing',
      changes: sideWith({ timeline: [{ name: 'rssMiB' }] }),
    },
    { says: 'a figure ageP99', changes: { shown: ['ageP99'] } },
    { says: 'ratios[0].of is missing', changes: { ratios: [{ figure: 'rssMiB' }] } },
    { says: 'environment.cpu is missing', changes: { environment: {} } },
  ])('$says', ({ says, changes }) => {
    expect(whatIsWrong({ ...RESULT, ...changes })).toContain(says)
  })
})

describe('a trimmed result', () => {
  const points = Array.from(
    { length: 1_001 },
    (_, i) => [i / 4, i === 500 ? 9_999.99 : i % 7] as const,
  )
  const sides = RESULT.sides.map((side) => ({ ...side, timeline: [{ name: 'rssMiB', points }] }))
  const small = trimmed({ ...RESULT, sides })

  test('has at most 60 points a series, in order, and the peak among them at its time', () => {
    const kept = small.sides[0]!.timeline[0]!.points
    expect(kept.length).toBeLessThanOrEqual(60)
    expect(kept.length).toBeGreaterThan(50)
    expect(kept).toContainEqual([125, 10_000])
    expect(kept.map(([atS]) => atS)).toEqual(kept.map(([atS]) => atS).toSorted((a, b) => a - b))
  })

  test('shows the same table', () => {
    expect(printResult(small)).toBe(printResult(RESULT))
  })

  test('is below 60 KB as JSON, and that JSON is it', () => {
    const json = printJson(small)
    expect(json.length).toBeLessThan(60_000)
    expect(JSON.parse(json)).toEqual(small)
  })

  test('keeps a gap that fills all of a bunch, and short series as they are', () => {
    const gap = points.map(([atS, value]) => [atS, atS > 100 && atS < 200 ? null : value] as const)
    const [side] = sides
    const timeline = [
      { name: 'rssMiB', points: gap },
      { name: 'cpuPercent', points: points.slice(0, 60) },
    ]
    const [long, short] = trimmed({ ...RESULT, sides: [{ ...side!, timeline }] }).sides[0]!.timeline
    expect(long!.points.some(([, value]) => value === null)).toBe(true)
    expect(short!.points).toEqual(points.slice(0, 60))
  })
})
