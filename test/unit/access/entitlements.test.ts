/**
 * Entitlements: what a claim allows, what it may not look like, and that nothing is allowed which it does not name.
 */
import { expect, test } from 'vitest'
import {
  BadClaim,
  ENTRIES_MAX,
  entitlementsOf,
  publicEntitlements,
} from '../../../src/access/entitlements.ts'

const NOTHING = publicEntitlements([])
const OPEN = publicEntitlements(['demo:**', 'ticker:FREE-*'])
const QUARTER_HOUR = 900_000

test('no claim, or an empty one: nothing', () => {
  for (const claim of [undefined, []]) {
    const entitlements = entitlementsOf(claim, NOTHING)
    expect(entitlements.delayMsOf('ticker:BTC-USD')).toBeNull()
    expect(entitlements.delaysMsWithin('ticker')).toEqual([])
  }
})

test('what the claim names, and nothing else', () => {
  const entitlements = entitlementsOf(['ticker:BTC-*', 'book:**'], NOTHING)
  expect(entitlements.delayMsOf('ticker:BTC-USD')).toBe(0)
  expect(entitlements.delayMsOf('ticker:ETH-USD')).toBeNull()
  expect(entitlements.delayMsOf('book:a:b')).toBe(0)
  expect(entitlements.delayMsOf('trades:BTC-USD')).toBeNull()
  expect(entitlements.delaysMsWithin('ticker')).toEqual([0])
  expect(entitlements.delaysMsWithin('trades')).toEqual([])
})

test('of several entries the least delay wins, in any order', () => {
  const delayed = { topic: 'ticker:**', delayMs: QUARTER_HOUR }
  const less = { topic: 'ticker:*-USD', delayMs: 1_000 }
  const claims = [
    [delayed, less, 'ticker:BTC-USD'],
    ['ticker:BTC-USD', less, delayed],
  ]
  for (const claim of claims) {
    const entitlements = entitlementsOf(claim, NOTHING)
    expect(entitlements.delayMsOf('ticker:BTC-USD')).toBe(0)
    expect(entitlements.delayMsOf('ticker:ETH-USD')).toBe(1_000)
    expect(entitlements.delayMsOf('ticker:ETH-EUR')).toBe(QUARTER_HOUR)
    expect(new Set(entitlements.delaysMsWithin('ticker'))).toEqual(
      new Set([0, 1_000, QUARTER_HOUR]),
    )
  }
})

test('what is public is read by everybody as it comes, whatever a token says of it', () => {
  const claim = [{ topic: '**', delayMs: QUARTER_HOUR }]
  for (const entitlements of [OPEN, entitlementsOf(undefined, OPEN), entitlementsOf(claim, OPEN)]) {
    expect(entitlements.delayMsOf('demo:BTC-USD')).toBe(0)
    expect(entitlements.delayMsOf('ticker:FREE-USD')).toBe(0)
  }
  expect(OPEN.delayMsOf('ticker:BTC-USD')).toBeNull()
  expect(entitlementsOf(claim, OPEN).delayMsOf('ticker:BTC-USD')).toBe(QUARTER_HOUR)
})

test.each([
  { claim: 'ticker:**' },
  { claim: null },
  { claim: {} },
  { claim: [null] },
  { claim: [1] },
  { claim: [['ticker:**']] },
  { claim: [''] },
  { claim: ['ticker:**:secret'] },
  { claim: ['ticker:**', 'tick er:*'] },
  { claim: [{}] },
  { claim: [{ topic: 'ticker:**' }] },
  { claim: [{ delayMs: 0 }] },
  { claim: [{ topic: 'ticker:**', delayMs: -1 }] },
  { claim: [{ topic: 'ticker:**', delayMs: 0.5 }] },
  { claim: [{ topic: 'ticker:**', delayMs: 86_400_001 }] },
  { claim: [{ topic: 'ticker:**', delayMs: '900000' }] },
  { claim: [{ topic: 'ticker:**', delayMs: 0, until: 1 }] },
  { claim: Array.from({ length: ENTRIES_MAX + 1 }, () => 'ticker:**') },
])('a claim like $claim is refused', ({ claim }) => {
  expect(() => entitlementsOf(claim, NOTHING)).toThrow(BadClaim)
})

test('a refusal says why and repeats nothing of the claim', () => {
  const secrets = [{ topic: 'tick er:secret', delayMs: 0 }, 'tick er:secret', { secret: 1 }]
  for (const entry of secrets) {
    expect(() => entitlementsOf([entry], NOTHING)).toThrow(/^(?!.*secret).*topics.*$/)
  }
})

test('as many entries and as long a delay as there may be', () => {
  const claim = Array.from({ length: ENTRIES_MAX }, () => ({ topic: 'a:*', delayMs: 86_400_000 }))
  expect(entitlementsOf(claim, NOTHING).delayMsOf('a:b')).toBe(86_400_000)
})
