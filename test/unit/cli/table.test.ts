/**
 * The table of `tail --table`: what is drawn, and what where there is too little room.
 */
import { expect, test } from 'vitest'
import { ageText, drawTable, type Row } from '../../../src/cli/table.ts'

const ROWS: Row[] = [
  { topic: 'ticker:BTC-USD', record: { bid: '58721.2', ask: '58721.3' }, ageMs: 12, superseded: 3 },
  { topic: 'ticker:ETH-USD', record: { bid: '1.5', open: true }, ageMs: 2_300, superseded: 0 },
]

test('draws topic, age, superseded and the fields, aligned', () => {
  expect(drawTable('title', ROWS, { columns: 80, rows: 20 })).toEqual([
    'title',
    'topic             age  superseded      bid      ask  open',
    'ticker:BTC-USD  12 ms           3  58721.2  58721.3',
    'ticker:ETH-USD  2.3 s           0      1.5           true',
  ])
})

test('leaves out the fields that there is no room for', () => {
  const lines = drawTable('a title that is too long for the screen', ROWS, {
    columns: 44,
    rows: 20,
  })
  expect(lines[1]).toBe('topic             age  superseded      bid')
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(44)
})

test('says how many rows there is no room for', () => {
  const many = Array.from({ length: 50 }, (_, i) => ({ ...ROWS[0]!, topic: `t:${i}` }))
  const lines = drawTable('title', many, { columns: 80, rows: 10 })
  expect(lines).toHaveLength(10)
  expect(lines.at(-1)).toBe('and 43 more')
})

test.each([0, 1, 2, 3])('draws no more than %i lines where there are no more', (rows) => {
  expect(drawTable('title', ROWS, { columns: 5, rows }).length).toBeLessThanOrEqual(rows)
})

test('what a publisher wrote does not move the cursor, nor widen its column for good', () => {
  const record = { 'b\x1b[2Jid': `\x1b[31m\r\n${'x'.repeat(100)}` }
  const [, head, line] = drawTable('t', [{ ...ROWS[0]!, record }], { columns: 200, rows: 9 })
  expect(`${head}${line}`).toMatch(/^[ -~]*$/)
  expect(line!.length).toBeLessThan(70)
})

test.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1_500, '1.5 s'],
  [150_000, '2 min'],
])('an age of %i ms reads %s', (ageMs, text) => {
  expect(ageText(ageMs)).toBe(text)
})
