/**
 * Histogram: which bucket a value falls into, and what is counted at all.
 */
import { expect, test } from 'vitest'
import { Histogram } from '../../../src/fanout/histogram.ts'
import { FakeOutlet } from '../../support/fake-outlet.ts'
import { Fanout } from '../../support/fanout.ts'

test.each([
  { value: 0, counts: [1, 0, 0] },
  { value: 1, counts: [1, 0, 0] },
  { value: 1.001, counts: [0, 1, 0] },
  { value: 10, counts: [0, 1, 0] },
  { value: 100, counts: [0, 0, 1] },
  { value: 101, counts: [0, 0, 0] },
  { value: Number.POSITIVE_INFINITY, counts: [0, 0, 0] },
])('$value counts in $counts', ({ value, counts }) => {
  const histogram = new Histogram([1, 10, 100])
  histogram.add(value)
  expect([...histogram.counts]).toEqual(counts)
  expect(histogram.total).toBe(1)
  expect(histogram.sum).toBe(value)
})

test('what was not measured is not counted', () => {
  const histogram = new Histogram([1])
  histogram.add(Number.NaN)
  histogram.add(0.5)
  histogram.add(2)
  expect({ ...histogram, counts: [...histogram.counts] }).toEqual({
    ...{ bounds: [1], counts: [1], total: 2, sum: 2.5 },
  })
})

test('the fan-out takes the age of updates, and not of snapshots', () => {
  const fanout = new Fanout()
  const peer = fanout.connect(undefined, new FakeOutlet({ kernelBytes: 100 }))
  fanout.update('t:A', { n: 0 })
  fanout.nowMs = 5_000
  peer.join('t:A')
  peer.readAll()
  expect(fanout.counters.ageMs.total).toBe(0)
  fanout.update('t:A', { n: 1 })
  fanout.nowMs += 7
  fanout.endTurn()
  expect(fanout.counters.ageMs.total).toBe(1)
  expect(fanout.counters.ageMs.sum).toBe(7)
})

test('a wall clock that is set back makes no age below 0', () => {
  const fanout = new Fanout()
  const peer = fanout.connect()
  peer.join('t:A')
  fanout.nowMs = 5_000
  for (const nowMs of [5_000, 4_000]) {
    fanout.update('t:A', { n: nowMs })
    fanout.nowMs = nowMs
    fanout.endTurn()
  }
  expect(fanout.counters.ageMs.sum).toBe(0)
})
