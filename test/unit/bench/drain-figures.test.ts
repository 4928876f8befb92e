/**
 * Figures of a drain: goal: shares and gaps are of what they say. Method: moves by hand.
 */
import { expect, test } from 'vitest'
import type { MoveFigures } from '../../../bench/load/receivers.ts'
import { moveFigures, partsOf } from '../../../bench/procedure/drain-figures.ts'

const MOVES: MoveFigures = {
  beganMs: [1_000, 1_099, 1_100, 1_550, 1_950, 1_999, 2_000, 2_400],
  toldFromMs: 1_000,
  toldToMs: 2_000,
  kept: 3,
  goneBack: 1,
  missed: 2,
  gapsMs: [30, 10, 40, 20],
}
const GROUP = { name: 'all', clients: 4, topicsEach: 1, bytesPerS: null }

test('who came in which tenth of the window; latecomers in the last', () => {
  expect(partsOf(MOVES)).toEqual([2, 1, 0, 0, 0, 1, 0, 0, 0, 4])
})

test('those who follow goaway are asked how evenly they came, and what they missed', () => {
  expect(moveFigures(MOVES, { ...GROUP, followsGoaway: true })).toEqual({
    keptPart: 0.75,
    goneBack: 1,
    missed: 2,
    gapMsP50: 20,
    gapMsP99: 40,
    gapMsMax: 40,
    leastPart: 0,
    mostPart: 0.5,
  })
})

test('those who ignore it miss what they miss', () => {
  expect(moveFigures(MOVES, GROUP)).toEqual({
    goneBack: 1,
    gapMsP50: 20,
    gapMsP99: 40,
    gapMsMax: 40,
  })
})
