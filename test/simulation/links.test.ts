/**
 * Goal: promise P3, and that nothing is paid for it on a link that is fast enough. Each row is a link behind 4 MB of
 * buffers that is offered 270 kB/s over 200 topics; what counts is what happens after the first 5 s.
 * Age is the time from a value's leaving the lane, when it was the latest, to its being read.
 * Method: the real lane and credit over a simulated link, with virtual time; the figures are printed.
 */
import { expect, test } from 'vitest'
import { CREDIT } from '../support/fanout.ts'
import {
  ageMs,
  type Figures,
  RUN_MS,
  type RunOptions,
  runLink,
  SETTLE_MS,
} from '../support/link-run.ts'
import type { Link } from '../support/link-simulator.ts'

const DELAY_MS = CREDIT.laneDelayMs
const PAUSE_PERIOD_MS = 4_000

interface Row {
  readonly name: string
  readonly link: Link
  readonly options?: RunOptions
  readonly must: (figures: Figures, halfMs: number) => void
}

const steady = (kilobitsPerS: number) => () => kilobitsPerS

function isNeverHeld(figures: Figures): void {
  expect(figures.holds).toBe(0)
  expect(figures.superseded).toBe(0)
}

function isBounded(figures: Figures, halfMs: number): void {
  expect(ageMs(figures, 0.5)).toBeLessThanOrEqual(halfMs + 1.5 * DELAY_MS)
  expect(ageMs(figures, 0.99)).toBeLessThanOrEqual(halfMs + 4 * DELAY_MS)
  expect(figures.usedPart).toBeGreaterThanOrEqual(0.85)
}

const ROWS: Row[] = [
  { name: '1 Gb/s, 1 ms', link: { kilobitsPerS: steady(1e6), rttMs: 1 }, must: isNeverHeld },
  { name: '20 Mb/s, 30 ms', link: { kilobitsPerS: steady(20_000), rttMs: 30 }, must: isNeverHeld },
  {
    name: '5 Mb/s, 60 +- 30 ms',
    link: { kilobitsPerS: steady(5_000), rttMs: 60, jitterMs: 30 },
    must: isNeverHeld,
  },
  { name: '800 kb/s, 100 ms', link: { kilobitsPerS: steady(800), rttMs: 100 }, must: isBounded },
  { name: '400 kb/s, 200 ms', link: { kilobitsPerS: steady(400), rttMs: 200 }, must: isBounded },
  {
    name: '400 kb/s, 200 +- 40 ms',
    link: { kilobitsPerS: steady(400), rttMs: 200, jitterMs: 40 },
    must: isBounded,
  },
  {
    name: '1500 kb/s, 50 +- 25 ms',
    link: { kilobitsPerS: steady(1_500), rttMs: 50, jitterMs: 25 },
    must: isBounded,
  },
  {
    name: '800 kb/s halving and doubling every 5 s, 100 ms',
    link: { kilobitsPerS: (atMs) => (Math.floor(atMs / 5_000) % 2 === 0 ? 800 : 400), rttMs: 100 },
    must(figures, halfMs) {
      expect(ageMs(figures, 0.99)).toBeLessThanOrEqual(halfMs + 8 * DELAY_MS)
      expect(figures.usedPart).toBeGreaterThanOrEqual(0.85)
    },
  },
  {
    name: '8 Mb/s dropping to 200 kb/s after 20 s, 60 ms',
    link: { kilobitsPerS: (atMs) => (atMs < 20_000 ? 8_000 : 200), rttMs: 60 },
    must(figures, halfMs) {
      expect(ageMs(figures, 0.5, { fromMs: 23_000 })).toBeLessThanOrEqual(halfMs + 1.5 * DELAY_MS)
      expect(ageMs(figures, 0.99, { fromMs: 23_000 })).toBeLessThanOrEqual(halfMs + 4 * DELAY_MS)
    },
  },
  {
    name: '50 kb/s, 600 ms',
    link: { kilobitsPerS: steady(50), rttMs: 600 },
    must(figures, halfMs) {
      expect(ageMs(figures, 0.99)).toBeLessThanOrEqual(halfMs + 1_500)
      expect(figures.usedPart).toBeGreaterThanOrEqual(0.75)
    },
  },
  {
    name: 'reads nothing for 2 s of every 5 s, 1 Gb/s',
    link: { kilobitsPerS: steady(1e6), rttMs: 1, isReading: (atMs) => atMs % 5_000 < 3_000 },
    must(figures) {
      // From 1 s after each stall's end to the next stall.
      const isIn = (atMs: number) => atMs % 5_000 >= 1_000 && atMs % 5_000 < 3_000
      expect(ageMs(figures, 0.99, { isIn })).toBeLessThanOrEqual(5)
    },
  },
  {
    name: 'the server pauses 500 ms of every 4 s, 1 Gb/s',
    link: { kilobitsPerS: steady(1e6), rttMs: 1 },
    options: { isPaused: (atMs) => atMs % PAUSE_PERIOD_MS < 500 },
    must(figures) {
      // What a lane keeps that does not need its window.
      expect(figures.windowBytesLeast).toBeGreaterThanOrEqual(32 * 1_024)
      // What has gathered in a pause may be more than the window: that costs a round trip, 1 ms here.
      expect(figures.holds).toBeLessThanOrEqual(RUN_MS / PAUSE_PERIOD_MS)
    },
  },
  {
    name: 'the server pauses 500 ms of every 4 s, 1500 kb/s, 40 ms',
    link: { kilobitsPerS: steady(1_500), rttMs: 40 },
    options: { isPaused: (atMs) => atMs % PAUSE_PERIOD_MS < 500 },
    must(figures) {
      const neededBytes = (1_500 / 8) * 40
      expect(figures.windowBytesLeast).toBeGreaterThanOrEqual(neededBytes)
      // While the server pauses, its link has no more than what was in flight: an eighth of the time is lost.
      expect(figures.usedPart).toBeGreaterThanOrEqual(0.85)
    },
  },
  {
    name: 'the server pauses 250 ms of every 5 s, 800 kb/s, 300 ms',
    link: { kilobitsPerS: steady(800), rttMs: 300 },
    options: { isPaused: (atMs) => atMs % 5_000 < 250 },
    must(figures, halfMs) {
      expect(figures.usedPart).toBeGreaterThanOrEqual(0.8)
      expect(ageMs(figures, 0.99)).toBeLessThanOrEqual(halfMs + 8 * DELAY_MS)
    },
  },
]

test.each(ROWS)('$name', ({ name, link, options, must }) => {
  const figures = runLink(link, options)
  const [p50, p99] = [ageMs(figures, 0.5), ageMs(figures, 0.99)].map(Math.round)
  const used = (figures.usedPart * 100).toFixed(0)
  const { superseded, holds, windowBytes } = figures
  console.log(
    `${name}: age p50 ${p50} ms, p99 ${p99} ms, used ${used} %, superseded ${superseded}, ` +
      `holds ${holds}, window ${Math.round(windowBytes)} B, probes ${figures.probes}`,
  )
  expect(figures.peer.violations).toEqual([])
  expect(figures.ages.length).toBeGreaterThan(0)
  must(figures, link.rttMs / 2)
})

test('a link without credit: what the rows above are to be compared with', () => {
  const figures = runLink({ kilobitsPerS: steady(400), rttMs: 200 }, { hasCredit: false })
  const [early, late] = [10_000, 55_000].map((fromMs) =>
    ageMs(figures, 0.5, { fromMs, isIn: (t) => t < fromMs + 5_000 }),
  )
  console.log(`400 kb/s, 200 ms, no credit: age ${early} ms after 10 s, ${late} ms after 55 s`)
  expect(late).toBeGreaterThan(early! + 20_000)
  expect(SETTLE_MS).toBeLessThan(10_000)
})
