/**
 * Verdict: goal: figures are not quoted when they say more of the machine, or of a fault, than of the server; and what
 * a scenario is there to show is no fault. Method: findings as a run leaves them.
 */
import { expect, test } from 'vitest'
import { Findings } from '../../../bench/stage/findings.ts'
import { isExcused, verdictOn } from '../../../bench/stage/verdict.ts'

const TICKWIRE = { name: 'tickwire', server: 'tickwire' } as const
const RAW = { name: 'raw-uws', server: 'raw-uws' } as const
const PLAIN = { name: 'clients', clients: 1, topicsEach: 1, bytesPerS: null }

function findings(change: (findings: Findings) => void = () => {}): Findings {
  const found = new Findings([TICKWIRE])
  change(found)
  return found
}

test('nothing to say of a run in which nothing came wrong', () => {
  expect(verdictOn(findings(), false)).toEqual({ broken: [], slow: [], remarks: [] })
})

test('a generator that was the bottleneck is told by its most busy round', () => {
  const found = findings((it) => {
    it.addBusy('the receivers', 0.95)
    it.addBusy('the receivers', 0.4)
    it.addBusy('others', 0.8)
    it.addLateness(12.34)
  })
  const slow = [
    'the generator was the bottleneck: the receivers were busy 95 % of the time',
    'the generator was the bottleneck: the publisher was late: 12.3 ms at the 99th percentile',
  ]
  expect(verdictOn(found, false)).toEqual({ broken: [], slow, remarks: [] })
  expect(verdictOn(found, true)).toEqual({ broken: [], slow: [], remarks: slow })
})

test('what is broken is broken in a smoke run as well', () => {
  const found = findings((it) => it.broken.add('values came after newer ones'))
  expect(verdictOn(found, true).broken).toEqual(['values came after newer ones'])
})

test('a full core is worth a remark', () => {
  const found = findings((it) => it.coreCpuPercents.push(50, 95))
  const [remark] = verdictOn(found, false).remarks
  expect(remark).toContain("the servers' core was full in 1 of 2 rounds")
})

test.each([
  { side: TICKWIRE, group: PLAIN, excused: false },
  { side: TICKWIRE, group: { ...PLAIN, bytesPerS: 100 }, excused: false },
  { side: TICKWIRE, group: { ...PLAIN, isLate: true }, excused: false },
  { side: TICKWIRE, group: { ...PLAIN, bytesPerS: 0 }, excused: true },
  { side: RAW, group: PLAIN, excused: false },
  { side: RAW, group: { ...PLAIN, bytesPerS: 100 }, excused: true },
  { side: RAW, group: { ...PLAIN, isLate: true }, excused: true },
  { side: RAW, group: { ...PLAIN, churnPerS: 1 }, excused: true },
])('$side.name with $group need not be exact: $excused', ({ side, group, excused }) => {
  expect(isExcused(side, group)).toBe(excused)
})
