/**
 * How much a client may ask: requests, and the bytes of them.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Allowance, type Verdict } from '../../../src/session/allowance.ts'

interface Case {
  readonly why: string
  /** When requests come, ms since the start, and what becomes of each; 2 a second, in bursts of 3. */
  readonly takes: readonly (readonly [number, Verdict])[]
}

/** Bytes are no limit here. */
function limitsOf(requestsPerS: number, requestsBurst: number) {
  return { requestsPerS, requestsBurst, requestBytes: 1_000, requestBytesPerS: 1e9 }
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
  const allowance = new Allowance(limitsOf(2, 3), 0)
  expect(takes.map(([atMs]) => allowance.take(0, atMs))).toEqual(
    takes.map(([, verdict]) => verdict),
  )
})

test('never lets more through than the burst and the rate over the time, however they come', () => {
  const gaps = fc.array(fc.oneof(fc.constant(0), fc.nat(50), fc.nat(5000)), { maxLength: 300 })
  const check = fc.property(
    fc.integer({ min: 1, max: 50 }),
    fc.integer({ min: 1, max: 50 }),
    gaps,
    (perS, burst, waits) => {
      const allowance = new Allowance(limitsOf(perS, burst), 0)
      let nowMs = 0
      let taken = 0
      for (const wait of waits) {
        nowMs += wait
        if (allowance.take(0, nowMs) === 'ok') taken++
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
      const allowance = new Allowance(limitsOf(perS, burst), 0)
      const gapMs = Math.ceil(1000 / perS)
      for (let i = 0; i < 200; i++) expect(allowance.take(0, i * gapMs)).toBe('ok')
    },
  )
  fc.assert(check)
})

interface BytesCase {
  readonly why: string
  readonly requestBytes: number
  /** When requests come, ms since the start, how large, and what becomes of each; 1,000 bytes a second. */
  readonly takes: readonly (readonly [number, number, Verdict])[]
}

test.each<BytesCase>([
  {
    why: 'a burst of a second of bytes, however few the requests',
    requestBytes: 500,
    takes: [
      [0, 500, 'ok'],
      [0, 500, 'ok'],
      [0, 1, 'refused'],
      [1_002, 1_000, 'ok'],
    ],
  },
  {
    why: 'a burst of one largest request where that is more, which then takes its time to earn',
    requestBytes: 4_000,
    takes: [
      [0, 4_000, 'ok'],
      [3_999, 4_000, 'refused'],
      [8_000, 4_000, 'ok'],
    ],
  },
  {
    why: 'refused bytes are spent too, and a second burst of them is a flood',
    requestBytes: 500,
    takes: [
      [0, 1_000, 'ok'],
      [0, 1_000, 'refused'],
      [0, 1, 'flood'],
    ],
  },
  {
    why: 'a request that is refused for its bytes spends a request',
    requestBytes: 500,
    takes: [
      [0, 1_000, 'ok'],
      [0, 1, 'refused'],
      [1, 0, 'ok'],
      [500, 0, 'refused'],
      [5_000, 0, 'ok'],
      [5_000, 0, 'ok'],
      [5_000, 0, 'ok'],
      [5_000, 0, 'refused'],
    ],
  },
])('bytes: $why', ({ requestBytes, takes }) => {
  const limits = { requestsPerS: 1, requestsBurst: 3, requestBytes, requestBytesPerS: 1_000 }
  const allowance = new Allowance(limits, 0)
  expect(takes.map(([atMs, bytes]) => allowance.take(bytes, atMs))).toEqual(
    takes.map(([, , verdict]) => verdict),
  )
})

test('never lets more bytes through than the burst and the rate over the time', () => {
  const request = fc.tuple(fc.oneof(fc.constant(0), fc.nat(3_000)), fc.nat(2_000))
  const check = fc.property(
    fc.integer({ min: 1, max: 5_000 }),
    fc.array(request, { maxLength: 200 }),
    (requestBytesPerS, requests) => {
      const requestBytes = 2_000
      const limits = { requestsPerS: 1e6, requestsBurst: 1e6, requestBytes, requestBytesPerS }
      const allowance = new Allowance(limits, 0)
      const burst = Math.max(requestBytes, requestBytesPerS)
      let nowMs = 0
      let taken = 0
      for (const [wait, bytes] of requests) {
        nowMs += wait
        if (allowance.take(bytes, nowMs) === 'ok') taken += bytes
        expect(taken).toBeLessThanOrEqual(burst + (requestBytesPerS * nowMs) / 1000 + 1e-6)
      }
    },
  )
  fc.assert(check)
})
