/**
 * Benchmarks page: goal: it says of every scenario what was measured, or that nothing was, and never a figure that is
 * in no result.
 */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { SCENARIOS } from '../../../bench/scenario/index.ts'
import { printBenchmarksDocs } from '../../../scripts/benchmarks-docs.ts'
import { benchResult } from '../../support/bench-result.ts'

const TEMPLATE = readFileSync('scripts/benchmarks-docs.md', 'utf8')
const [NAME] = /(?<=\{\{scenario )[\w-]+/.exec(TEMPLATE)!

test.each(SCENARIOS.map(({ name }) => name))('%s has a place', (name) => {
  expect(TEMPLATE.split(`{{scenario ${name}}}`)).toHaveLength(2)
})

test('no place is for a scenario that there is not', () => {
  const places = Array.from(TEMPLATE.matchAll(/\{\{scenario ([\w-]+)\}\}/g), ([, name]) => name)
  const names = SCENARIOS.map(({ name }) => name)
  expect(places.filter((name) => !names.includes(name!))).toEqual([])
})

test('a scenario without a result says how to get one', () => {
  const page = printBenchmarksDocs(new Map())
  expect(page).toContain(`not measured yet: \`npm run bench -- ${NAME}\``)
  expect(page).not.toContain('{{')
})

test('a result shows its question, command, figures, ratios and where they come from', () => {
  const page = printBenchmarksDocs(new Map([[NAME, benchResult({ scenario: NAME })]]))
  expect(page).not.toContain(`npm run bench -- ${NAME}\``)
  expect(page).toContain('**What do clients that cannot keep up read')
  expect(page).toContain('```\nnpm run bench -- slow-readers\n```')
  expect(page).toContain('| slow: age p99 | 243 ms (239-251) | 20.4 s (20.1-20.9) |')
  expect(page).toContain('- `cpuUsPerUpdate tickwire / raw-uws: 1.03 (1.01-1.05, 5 rounds)`')
  expect(page).toContain('commit 9a4bcb5')
  expect(page).toContain(`](benchmarks/${NAME}.svg)`)
  expect(page).not.toContain('Void, not to be quoted')
})

test('a void result says so before its figures', () => {
  const result = benchResult({ scenario: NAME, voids: ['the publisher was late'], isSmoke: true })
  const page = printBenchmarksDocs(new Map([[NAME, result]]))
  const at = page.indexOf('> **Void, not to be quoted: the publisher was late**')
  expect(at).toBeGreaterThan(0)
  expect(at).toBeLessThan(page.indexOf('| slow: age p99 |'))
  expect(page).toContain('** (smoke)')
})

test('no line of prose is wider than 120 columns', () => {
  const remarks = ['word '.repeat(60)]
  const page = printBenchmarksDocs(new Map([[NAME, benchResult({ remarks, voids: remarks })]]))
  const wide = page.split('\n').filter((line) => line.length > 120 && !line.startsWith('|'))
  expect(wide).toEqual([])
})
