/**
 * Globs: what they cover, against a naive model; that no glob is slow; and what is no glob.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { covers, parseGlob, reaches, STARS_MAX } from '../../../src/access/glob.ts'
import { SETTINGS } from '../../../src/config/settings.ts'

const isGlob = (text: string): boolean => parseGlob(text) !== null
const isCovering = (glob: string, name: string): boolean =>
  covers(parseGlob(glob)!, name.split(':'))
const isReaching = (glob: string, channel: string): boolean => reaches(parseGlob(glob)!, channel)

test.each([
  ['ticker:**', 'ticker:BTC-USD', true],
  ['ticker:**', 'ticker:binance:BTC-USD', true],
  ['ticker:**', 'ticker', false],
  ['ticker:**', 'tickers:BTC-USD', false],
  ['ticker:*', 'ticker:BTC-USD', true],
  ['ticker:*', 'ticker:binance:BTC-USD', false],
  ['ticker:BTC-*', 'ticker:BTC-USD', true],
  ['ticker:BTC-*', 'ticker:BTC-', true],
  ['ticker:BTC-*', 'ticker:ETH-USD', false],
  ['ticker:BTC-*', 'ticker:BTC-USD:x', false],
  ['ticker:*-USD', 'ticker:BTC-USD-USD', true],
  ['ticker:*-USD', 'ticker:BTC-USD-EUR', false],
  ['ticker:*:BTC-*', 'ticker:binance:BTC-USDT', true],
  ['*:BTC', 'book:BTC', true],
  ['*:BTC', 'book:x:BTC', false],
  ['ticker:binance:**', 'ticker:binance:a:b', true],
  ['ticker:binance:**', 'ticker:kraken:a', false],
  ['**', 'anything:at:all', true],
  ['ticker:BTC-USD', 'ticker:BTC-USD', true],
  ['ticker:BTC-USD', 'ticker:BTC-US', false],
  ['ticker:BTC-US', 'ticker:BTC-USD', false],
  ['ticker:btc', 'ticker:BTC', false],
  ['ticker:a.c', 'ticker:abc', false],
  ['ticker:[ab]', 'ticker:a', false],
  ['*', 'ticker:BTC', false],
])('%s covers %s: %s', (glob, name, isCovered) => {
  expect(isGlob(glob)).toBe(true)
  expect(isCovering(glob, name)).toBe(isCovered)
})

test.each([
  '',
  'ticker:**x',
  'ticker:x**',
  'ticker:**:x',
  '**:x',
  'ticker:***',
  'tick er:*',
  'ticker:"x"',
  'ticker:a\\b',
  'ticker:é',
  'ticker:a\n',
  `ticker:${'*a'.repeat(STARS_MAX + 1)}`,
  'x'.repeat(161),
])('%j is no glob', (text) => {
  expect(isGlob(text)).toBe(false)
})

test('as many stars and characters as there may be', () => {
  expect(isGlob('*a'.repeat(STARS_MAX))).toBe(true)
  expect(isGlob('x'.repeat(160))).toBe(true)
})

test.each([
  ['ticker:**', 'ticker', true],
  ['**', 'ticker', true],
  ['ticker:BTC', 'ticker', true],
  ['tick*:BTC', 'ticker', true],
  ['*:BTC', 'ticker', true],
  ['book:**', 'ticker', false],
  ['ticker', 'ticker', false],
  ['*', 'ticker', false],
  ['ticker:', 'ticker', false],
  [':BTC', 'ticker', false],
])('%s reaches into the channel %s: %s', (glob, channel, isReached) => {
  expect(isReaching(glob, channel)).toBe(isReached)
})

/** Few letters, so that much is covered. */
const segment = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 6 })
const last = fc.oneof(segment, fc.constant('**'))
const glob = fc
  .tuple(fc.array(segment, { maxLength: 3 }), last)
  .map(([some, one]) => [...some.map((text) => text.replace(/\*\*+/g, '*')), one].join(':'))
  .filter(isGlob)
const name = fc
  .array(fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((segments) => segments.join(':'))

test('covers what a naive model covers', () => {
  const seen = { true: 0, false: 0 }
  fc.assert(
    fc.property(glob, name, (pattern, text) => {
      const expected = naive(pattern.split(':'), text.split(':'))
      seen[`${expected}`]++
      expect(isCovering(pattern, text)).toBe(expected)
    }),
    { numRuns: 5_000 },
  )
  expect(Math.min(seen.true, seen.false)).toBeGreaterThan(100)
})

test('the setting of public topics takes what is a glob', () => {
  const text = fc.string({ unit: fc.constantFrom('a', ':', '*', '"', '\\'), minLength: 1 })
  const stars = fc.array(fc.constantFrom('*', 'a'), { maxLength: 24 }).map((all) => all.join(''))
  fc.assert(
    fc.property(fc.oneof(glob, text, stars), (one) => {
      fc.pre(one !== '')
      const read = () => SETTINGS.publicTopics.read(one)
      if (isGlob(one)) expect(read()).toEqual([one])
      else expect(read).toThrow(RangeError)
    }),
    { numRuns: 3_000 },
  )
})

test('a glob that covers a topic reaches into its channel', () => {
  fc.assert(
    fc.property(glob, name, (pattern, text) => {
      const [channel, ...key] = text.split(':')
      fc.pre(channel !== '' && key.join(':') !== '')
      if (isCovering(pattern, text)) expect(isReaching(pattern, channel!)).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})

test('the worst glob looks for each of its pieces once, and never goes back', () => {
  const looked: number[] = []
  const text = 'a'.repeat(159)
  const watched = Object.assign(Object(text), {
    indexOf(piece: string, at: number) {
      looked.push(at)
      return text.indexOf(piece, at)
    },
  }) as string
  const worst = parseGlob(`${'*a'.repeat(STARS_MAX - 2)}*b*`)!
  expect(covers(worst, [watched])).toBe(false)
  expect(looked).toEqual([0, 1, 2, 3, 4, 5, 6])
})

function naive(pattern: string[], text: string[]): boolean {
  const [head, ...others] = pattern
  if (head === undefined) return text.length === 0
  if (head === '**' && others.length === 0) return text.length > 0
  if (text.length === 0) return false
  return naiveSegment(head, text[0]!) && naive(others, text.slice(1))
}

function naiveSegment(pattern: string, text: string): boolean {
  if (pattern === '') return text === ''
  if (pattern[0] !== '*') {
    return text[0] === pattern[0] && naiveSegment(pattern.slice(1), text.slice(1))
  }
  const ends = Array.from({ length: text.length + 1 }, (_, end) => end)
  return ends.some((end) => naiveSegment(pattern.slice(1), text.slice(end)))
}
