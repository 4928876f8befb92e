/**
 * How often a client may ask.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Allowance, type Verdict } from '../../../src/session/allowance.ts'

interface Case {
  readonly why: string
  /** When requests come, ms since the start, and what becomes of each; 2 a second, in bursts of 3. */
  readonly takes: readonly (readonly [number, Verdict])[]
}

test.each<Case>([
  {
    why: 'a burst, and then nothing',
    takes: [
      [0, 'ok'],
      [0, 'ok'],
      [0, 'ok'],
      [0, 'refused'],
    ],
  },
  {
    why: 'the rate, for as long as one likes',
    takes: [
      [0, 'ok'],
      [500, 'ok'],
      [1000, 'ok'],
      [1500, 'ok'],
      [2000, 'ok'],
      [2500, 'ok'],
    ],
  },
  {
    why: 'a quiet hour earns one burst, not more',
    takes: [
      [3.6e6, 'ok'],
      [3.6e6, 'ok'],
      [3.6e6, 'ok'],
      [3.6e6, 'refused'],
    ],
  },
  {
    why: 'refused requests spend too',
    takes: [
      [0, 'ok'],
      [0, 'ok'],
      [0, 'ok'],
      [0, 'refused'],
      [500, 'refused'],
      [1500, 'ok'],
    ],
  },
  {
    why: 'who goes on through a second burst is flooding',
    takes: [
      [0, 'ok'],
      [0, 'ok'],
      [0, 'ok'],
      [0, 'refused'],
      [0, 'refused'],
      [0, 'refused'],
      [0, 'flood'],
    ],
  },
  {
    why: 'a clock that was set back gives nothing and takes nothing',
    takes: [
      [9000, 'ok'],
      [9000, 'ok'],
      [9000, 'ok'],
      [0, 'refused'],
      [1000, 'ok'],
    ],
  },
])('$why', ({ takes }) => {
  const allowance = new Allowance(2, 3, 0)
  expect(takes.map(([atMs]) => allowance.take(atMs))).toEqual(takes.map(([, verdict]) => verdict))
})

test('never lets more through than the burst and the rate over the time, however they come', () => {
  const gaps = fc.array(fc.oneof(fc.constant(0), fc.nat(50), fc.nat(5000)), { maxLength: 300 })
  const check = fc.property(
    fc.integer({ min: 1, max: 50 }),
    fc.integer({ min: 1, max: 50 }),
    gaps,
    (perS, burst, waits) => {
      const allowance = new Allowance(perS, burst, 0)
      let nowMs = 0
      let taken = 0
      for (const wait of waits) {
        nowMs += wait
        if (allowance.take(nowMs) === 'ok') taken++
        // Sums of fractions of tokens are off by less than this.
        expect(taken).toBeLessThanOrEqual(burst + (perS * nowMs) / 1000 + 1e-6)
      }
    },
  )
  fc.assert(check)
})

test('never refuses who keeps to the rate', () => {
  const check = fc.property(
    fc.integer({ min: 1, max: 100 }),
    fc.integer({ min: 1, max: 20 }),
    (perS, burst) => {
      const allowance = new Allowance(perS, burst, 0)
      const gapMs = Math.ceil(1000 / perS)
      for (let i = 0; i < 200; i++) expect(allowance.take(i * gapMs)).toBe('ok')
    },
  )
  fc.assert(check)
})
