/**
 * Compare: goal: a change for the worse is found, and nothing else is called one.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { compare, exitCodeOf, runCompare } from '../../../bench/report/compare.ts'
import { parseLimit } from '../../../bench/report/limit.ts'
import type { Result } from '../../../bench/report/result.ts'
import { ratiosOf } from '../../../bench/report/spread.ts'
import { benchResult, sideOf } from '../../support/bench-result.ts'

/** A result of a first side with such figures, next to a control whose every figure is 10. */
function resultOf(
  figures: Readonly<Record<string, number>>,
  changes: Partial<Result> = {},
): Result {
  const entries = Object.entries(figures)
  const sides = [
    sideOf('tickwire', Object.fromEntries(entries.map(([name, value]) => [name, [value]]))),
    sideOf('raw-uws', Object.fromEntries(entries.map(([name]) => [name, [10]]))),
  ]
  const ratios = entries.flatMap(([name]) => ratiosOf(name, sides))
  return benchResult({ sides, ratios, shown: Object.keys(figures), ...changes })
}

describe('a limit', () => {
  test.each([
    { why: 'within', limit: 'cpuPercent:+10%', before: 100, after: 109, code: 0 },
    { why: 'exactly at it', limit: 'cpuPercent:+10%', before: 100, after: 110, code: 0 },
    {
      why: 'exactly at it, in binary fractions',
      limit: 'cpuPercent:+10%',
      before: 0.1,
      after: 0.11,
      code: 0,
    },
    { why: 'beyond', limit: 'cpuPercent:+10%', before: 100, after: 110.1, code: 1 },
    { why: 'better by far', limit: 'cpuPercent:+10%', before: 100, after: 10, code: 0 },
    { why: 'no less', limit: 'updatesPerS:-5%', before: 100, after: 95, code: 0 },
    { why: 'less than allowed', limit: 'updatesPerS:-5%', before: 100, after: 94.9, code: 1 },
    { why: 'more of what is good', limit: 'updatesPerS:-5%', before: 100, after: 200, code: 0 },
    { why: 'none before, some after', limit: 'disorders:+50%', before: 0, after: 1, code: 1 },
    { why: 'none before, none after', limit: 'disorders:+0%', before: 0, after: 0, code: 0 },
    {
      why: 'a negative slope that rises',
      limit: 'rssSlopeKiBPerS:+10%',
      before: -10,
      after: -5,
      code: 1,
    },
    { why: 'of a group', limit: 'slow.ageMsP99:+10%', before: 100, after: 120, code: 1 },
    {
      why: 'of a ratio, within',
      limit: 'cpuPercent/raw-uws:+3%',
      before: 10,
      after: 10.3,
      code: 0,
    },
    {
      why: 'of a ratio, beyond',
      limit: 'cpuPercent/raw-uws:+3%',
      before: 10,
      after: 10.4,
      code: 1,
    },
    {
      why: 'where neither is better, a rise',
      limit: 'holdsPerS:+1%',
      before: 100,
      after: 102,
      code: 1,
    },
    {
      why: 'where neither is better, a fall',
      limit: 'holdsPerS:-1%',
      before: 100,
      after: 98,
      code: 1,
    },
  ])('$limit: $before then $after ($why) ends with $code', ({ limit, before, after, code }) => {
    const parsed = parseLimit(limit)
    const [a, b] = [before, after].map((value) => resultOf({ [parsed.figure]: value }))
    expect(exitCodeOf(compare(a!, b!, [parsed]))).toBe(code)
  })

  test.each([
    ['cpuPercent', 'is no limit'],
    ['cpuPercent:10%', 'a sign'],
    ['cpuPercent:+10', 'is no limit'],
    ['cpuPercent:+-10%', 'is no limit'],
    ['cpuPercent:+x%', 'is no limit'],
    ['cpuPercent/:+3%', 'is no limit'],
    ['cpuPercent:-10%', 'write cpuPercent:+10%'],
    ['updatesPerS:+5%', 'write updatesPerS:-5%'],
    ['p99:+10%', 'no figure is called p99'],
  ])('%s is refused: %s', (text, says) => {
    expect(() => parseLimit(text)).toThrow(says)
  })

  test.each(['ageMsP99:+1%', 'rssMiB/socket.io:+1%'])(
    '%s of what was not measured: no verdict',
    (text) => {
      const result = resultOf({ rssMiB: 90 })
      const comparison = compare(result, result, [parseLimit(text)])
      expect(comparison.failures).toEqual([])
      expect(exitCodeOf(comparison)).toBe(2)
    },
  )
})

describe('two results', () => {
  const RESULT = resultOf({ cpuPercent: 50 })

  test('of different scenarios have nothing in common', () => {
    const comparison = compare(RESULT, { ...RESULT, scenario: 'storm' })
    expect(comparison.refusals).toEqual([expect.stringContaining('slow-readers and storm')])
    expect(comparison.lines).toEqual([])
    expect(exitCodeOf(comparison)).toBe(2)
  })

  test('that are the same differ in nothing', () => {
    const { warnings, failures, refusals } = compare(RESULT, RESULT)
    expect({ warnings, failures, refusals }).toEqual({ warnings: [], failures: [], refusals: [] })
  })

  test.each([0, 1])('a void one (of two, number %i) cannot pass, and cannot fail either', (at) => {
    const pair = [RESULT, resultOf({ cpuPercent: 500 })]
    pair[at] = { ...pair[at]!, voids: ['the publisher was late'] }
    const comparison = compare(pair[0]!, pair[1]!, [parseLimit('cpuPercent:+1%')])
    expect(comparison.refusals).toEqual([expect.stringContaining('the publisher was late')])
    expect(exitCodeOf(comparison)).toBe(2)
  })

  test.each<[string, Partial<Result>]>([
    ['topics 200 and 100', { values: { ...RESULT.values, topics: 100 } }],
    ['node "v20.20.2" and "v22.1.0"', { environment: { ...RESULT.environment, node: 'v22.1.0' } }],
    ['the second is a smoke run', { isSmoke: true }],
    ['the second was interrupted', { isPartial: true }],
    ['different sides', { sides: RESULT.sides.slice(0, 1) }],
  ])('a reader is warned: %s', (says, changes) => {
    const comparison = compare(RESULT, { ...RESULT, ...changes })
    expect(comparison.warnings).toEqual([expect.stringContaining(says)])
    expect(exitCodeOf(comparison)).toBe(0)
  })

  test('of other commits and times are what is to be compared', () => {
    const { environment } = RESULT
    const later = { ...environment, commit: 'f00', startedAt: '2027-01-01', isChanged: true }
    expect(compare(RESULT, { ...RESULT, environment: later }).warnings).toEqual([])
  })

  test('changes are told with their direction, and ratios beside them', () => {
    const a = resultOf({ cpuPercent: 50, updatesPerS: 100, holdsPerS: 1 })
    const b = resultOf({ cpuPercent: 60, updatesPerS: 200, holdsPerS: 2 })
    const { lines } = compare(a, b)
    const line = (start: string) => lines.find((line) => line.startsWith(start))
    expect(line('CPU ')).toMatch(/50 % +60 % +\+20\.0 % +worse$/)
    expect(line('updates ')).toMatch(/\+100\.0 % +better$/)
    expect(line('holds ')).toMatch(/\+100\.0 %$/)
    expect(line('cpuPercent / raw-uws')).toMatch(/5\.00 +6\.00 +\+20\.0 % +worse$/)
  })
})

describe('the command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-compare-'))
  const printed = { out: [] as string[], err: [] as string[] }
  const fileOf = (name: string, value: unknown) => {
    const path = join(folder, name)
    writeFileSync(path, JSON.stringify(value))
    return path
  }
  const before = fileOf('before.json', resultOf({ cpuPercent: 100 }))
  const after = fileOf('after.json', resultOf({ cpuPercent: 120 }))
  const newer = fileOf('newer.json', { ...resultOf({ cpuPercent: 100 }), schemaVersion: 2 })

  beforeEach(() => {
    Object.assign(printed, { out: [], err: [] })
    vi.spyOn(console, 'log').mockImplementation((text) => void printed.out.push(text))
    vi.spyOn(console, 'error').mockImplementation((text) => void printed.err.push(text))
  })
  afterEach(() => vi.restoreAllMocks())
  afterAll(() => rmSync(folder, { recursive: true }))

  test.each([
    { args: [before, after], code: 0, says: 'CPU' },
    { args: [before, after, '--fail-on', 'cpuPercent:+20%'], code: 0, says: 'CPU' },
    {
      args: [before, after, '--fail-on', 'cpuPercent:+19%'],
      code: 1,
      says: 'WORSE: cpuPercent:+19%',
    },
    { args: [after, before, '--fail-on', 'cpuPercent:+1%'], code: 0, says: 'better' },
    {
      args: [before, after, '--fail-on', 'cpuPercent:+90%', '--fail-on', 'cpuPercent/raw-uws:+1%'],
      code: 1,
      says: 'WORSE: cpuPercent/raw-uws:+1%',
    },
    { args: [before, newer], code: 2, says: 'schemaVersion is 2' },
    { args: [before, after, '--fail-on', 'cpuPercent:20%'], code: 2, says: 'is no limit' },
    { args: [before], code: 2, says: 'usage:' },
    { args: [before, after, after], code: 2, says: 'usage:' },
    { args: [before, `${after}x`], code: 2, says: 'after.jsonx cannot be read' },
    { args: [before, after, '--fail'], code: 2, says: '--fail' },
  ])('ends with $code and says "$says"', ({ args, code, says }) => {
    expect(runCompare(args)).toBe(code)
    expect((code === 2 ? printed.err : printed.out).join()).toContain(says)
  })
})
