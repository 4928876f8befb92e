/**
 * Table: goal: what the terminal shows fits it, is complete, and cannot be quoted by mistake when it is void.
 */
import { expect, test } from 'vitest'
import { ratiosOf } from '../../../bench/report/spread.ts'
import { printResult, printRows, wrap } from '../../../bench/report/table.ts'
import { benchResult, sideOf } from '../../support/bench-result.ts'

test('a result says what was asked, where, and what was found', () => {
  const text = printResult(benchResult())
  expect(text).toContain('slow-readers: What do clients')
  expect(text).toContain('slowClients 10')
  expect(text).toMatch(/commit 9a4bcb5,/)
  expect(text).toMatch(/\nslow: age p99 +243 ms \(239-251\) +20\.4 s \(20\.1-20\.9\)\n/)
  expect(text).toMatch(/\nsuperseded +15,400\/s \(15,300-15,400\) +-\n/)
  expect(text).toContain('cpuUsPerUpdate tickwire / raw-uws: 1.03 (1.01-1.05, 5 rounds)')
  expect(text).not.toContain('VOID')
})

test('it ends with why it is void', () => {
  const lines = printResult(benchResult({ voids: ['one thing', 'another'] })).split('\n')
  expect(lines.slice(-3)).toEqual([
    'VOID: one thing',
    'VOID: another',
    'VOID: these figures must not be quoted',
  ])
})

test.each([
  [{ isSmoke: true }, 'slow-readers (smoke): '],
  [{ isPartial: true, isSmoke: true }, 'slow-readers (smoke, interrupted): '],
])('%o stands beside its name', (changes, says) => {
  expect(printResult(benchResult(changes))).toContain(says)
})

test('no line is wider than 120 columns, with four sides and long sentences', () => {
  const { sides } = benchResult()
  const remarks = ['word '.repeat(60)]
  const text = printResult(benchResult({ sides: [...sides, ...sides], remarks, voids: remarks }))
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120)
  expect(text).toMatch(/slow: age p99 +243 ms +20\.4 s +243 ms +20\.4 s\n/)
})

test('many ratios are a table, a column a control', () => {
  const names = [
    'cpuUsPerUpdate',
    'cpuPercent',
    'rssMiB',
    'ageMsP50',
    'ageMsP90',
    'ageMsP99',
    'ageMsMax',
  ]
  const sides = ['tickwire', 'raw-uws', 'ws'].map((name, i) =>
    sideOf(
      name,
      Object.fromEntries(names.map((figure) => [figure, [4, 8].map((x) => x * (i + 1))])),
    ),
  )
  const ratios = names.flatMap((figure) => ratiosOf(figure, sides))
  const text = printResult(benchResult({ sides, ratios }))
  expect(text).toMatch(/\nratio +tickwire \/ raw-uws +tickwire \/ ws\n/)
  expect(text).toMatch(/\nageMsMax +0\.500 \(0\.500-0\.500\) +0\.333 \(0\.333-0\.333\)/)
})

test('columns are as wide as their widest cell', () => {
  expect(
    printRows([
      ['', 'a'],
      ['long', 'wide'],
    ]),
  ).toEqual(['          a', 'long   wide'])
})

test.each([
  { line: 'a b', columns: 3, lines: ['a b'] },
  { line: 'aa bb cc', columns: 5, lines: ['aa bb', '  cc'] },
  { line: 'aaaaaaaa bb', columns: 5, lines: ['aaaaaaaa bb'] },
  { line: 'aa bbbbbbbb', columns: 5, lines: ['aa', '  bbbbbbbb'] },
])('"$line" in $columns columns', ({ line, columns, lines }) => {
  expect(wrap(line, columns)).toEqual(lines)
})
