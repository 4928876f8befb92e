/**
 * Entitlements: what a claim allows, what it may not look like, and that nothing is allowed which it does not name.
 */
import { expect, test } from 'vitest'
import {
  BadClaim,
  ENTRIES_MAX,
  entitlementsOf,
  GLOBS_MAX,
  publicEntitlements,
  sharedEntitlements,
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

test('names and globs agree, and of a name that comes twice the least delay counts', () => {
  const claim = [
    { topic: 'ticker:A', delayMs: 5_000 },
    { topic: 'ticker:A', delayMs: 1_000 },
    { topic: 'ticker:A', delayMs: 9_000 },
    { topic: 'ticker:*', delayMs: 3_000 },
    { topic: 'ticker:B', delayMs: 7_000 },
  ]
  const entitlements = entitlementsOf(claim, NOTHING)
  expect(entitlements.delayMsOf('ticker:A')).toBe(1_000)
  expect(entitlements.delayMsOf('ticker:B')).toBe(3_000)
  expect(entitlements.delayMsOf('ticker:C')).toBe(3_000)
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
  { claim: Array.from({ length: ENTRIES_MAX + 1 }, () => 'ticker:A') },
  { claim: Array.from({ length: GLOBS_MAX + 1 }, () => 'ticker:A*') },
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
  const globs = Array.from({ length: GLOBS_MAX }, () => ({ topic: 'a:*', delayMs: 86_400_000 }))
  const names = Array.from({ length: ENTRIES_MAX - GLOBS_MAX }, (_, i) => `b:${i}`)
  const claim = [...globs, ...names]
  expect(entitlementsOf(claim, NOTHING).delayMsOf('b:7')).toBe(0)
  expect(entitlementsOf(claim, NOTHING).delayMsOf('a:b')).toBe(86_400_000)
})

test('claims that are alike share what is made of them, others do not, and bad ones are always bad', () => {
  const entitlementsFor = sharedEntitlements(OPEN)
  const plan = entitlementsFor(['ticker:A'])
  expect(entitlementsFor(['ticker:A'])).toBe(plan)
  expect(entitlementsFor(['ticker:B'])).not.toBe(plan)
  expect(entitlementsFor([{ topic: 'ticker:A', delayMs: 0 }])).not.toBe(plan)
  expect(entitlementsFor(undefined)).toBe(OPEN)
  for (let i = 0; i < 2_000; i++) {
    expect(entitlementsFor([`ticker:${i}`]).delayMsOf(`ticker:${i}`)).toBe(0)
    expect(() => entitlementsFor('ticker:A')).toThrow(BadClaim)
  }
  expect(entitlementsFor(['ticker:A']).delayMsOf('ticker:B')).toBeNull()
})
