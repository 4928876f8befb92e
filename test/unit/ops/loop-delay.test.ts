/**
 * Loop delay: what is counted of a timer that comes in time, late, and early.
 */
import { expect, test } from 'vitest'
import { LoopDelay } from '../../../src/ops/loop-delay.ts'

const TICK_MS = 25

/** What is counted of ticks that come at these times, the first at 100. */
function counted(...atMs: number[]) {
  const delay = new LoopDelay(TICK_MS)
  for (const nowMs of [100, ...atMs]) delay.observe(nowMs)
  const { bounds, counts, total, sum } = delay.delayMs
  const buckets = bounds.flatMap((bound, i) => (counts[i] === 0 ? [] : [[bound, counts[i]]]))
  return { buckets: Object.fromEntries(buckets), total, sum }
}

test('the first time tells nothing', () => {
  expect(counted()).toEqual({ buckets: {}, total: 0, sum: 0 })
})

test('a timer in time is late by nothing', () => {
  expect(counted(125, 150, 175)).toEqual({ buckets: { 1: 3 }, total: 3, sum: 0 })
})

test('it is late by what is beyond its time, and the next one counts from then', () => {
  expect(counted(125, 450, 477)).toEqual({ buckets: { 1: 1, 2: 1, 500: 1 }, total: 3, sum: 302 })
})

test('one that catches up is not late by less than nothing', () => {
  expect(counted(130, 150)).toEqual({ buckets: { 1: 1, 5: 1 }, total: 2, sum: 5 })
})

test('hours are counted above all buckets', () => {
  expect(counted(7_200_000)).toEqual({ buckets: {}, total: 1, sum: 7_199_875 })
})
