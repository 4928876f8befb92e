/**
 * The plan of a drain: goal: everybody gets one stretch of the window, evenly, in an order that is chance alone.
 * Method: properties over any number of clients, windows and random sources.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planOf } from '../../../src/session/drain.ts'

const COUNT = fc.integer({ min: 0, max: 300 })
const WINDOW_MS = fc.integer({ min: 0, max: 3_600_000 })
const SEED = fc.integer({ min: 1 })

test('every client gets one stretch', () => {
  fc.assert(
    fc.property(COUNT, WINDOW_MS, SEED, (count, windowMs, seed) => {
      const clients = Array.from({ length: count }, (_, i) => i)
      const plan = planOf(clients, windowMs, randomOf(seed))
      expect(plan.map(({ client }) => client).sort((a, b) => a - b)).toEqual(clients)
    }),
  )
})

test('the stretches lie end to end over the whole window, as long as each other to a ms', () => {
  fc.assert(
    fc.property(COUNT, WINDOW_MS, SEED, (count, windowMs, seed) => {
      const stretches = planOf(Array(count).keys(), windowMs, randomOf(seed)).map(
        (it) => it.stretch,
      )
      let endMs = 0
      for (const [fromMs, toMs] of stretches) {
        expect(fromMs).toBe(endMs)
        expect(Number.isInteger(toMs)).toBe(true)
        expect(Math.abs(toMs - fromMs - windowMs / count)).toBeLessThan(1.001)
        endMs = toMs
      }
      expect(endMs).toBe(count === 0 ? 0 : windowMs)
    }),
  )
})

test('any client may come at any place', () => {
  const clients = [0, 1, 2, 3]
  const seen = clients.map(() => new Set<number>())
  for (let seed = 1; seed <= 200; seed++) {
    planOf(clients, 1_000, randomOf(seed)).forEach(({ client }, place) => {
      seen[client]!.add(place)
    })
  }
  expect(seen.map(({ size }) => size)).toEqual([4, 4, 4, 4])
})

test('a random source at its bounds leaves nobody out', () => {
  for (const bound of [0, 1 - Number.EPSILON]) {
    const plan = planOf(['a', 'b', 'c'], 300, () => bound)
    expect(plan.map(({ client }) => client).sort()).toEqual(['a', 'b', 'c'])
  }
})

/** Mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}
