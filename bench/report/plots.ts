/**
 * Plots: which charts a result has: timelines, one for each series' name, and times by percentile.
 */
import type { Chart, Line, Point } from './chart.ts'
import { describe } from './figures.ts'
import { format } from './format.ts'
import type { Result, SideResult } from './result.ts'
import { type Axis, axisOf, linearAxis, logAxis } from './scale.ts'
import { timesAt } from './spread.ts'

export interface Plot {
  readonly title: string
  /** What to look for, in a sentence. */
  readonly says: string
  /** Whether the result's table shows it too. */
  readonly isShown: boolean
  chart(width: number, height: number): Chart
}

/** 1 / (1 - part), so that each further nine takes as much room as the one before. */
const NINES = [
  { value: 2, label: '50%' },
  { value: 10, label: '90%' },
  { value: 100, label: '99%' },
  { value: 1_000, label: '99.9%' },
  { value: 10_000, label: '99.99%' },
] as const
const STEPS_A_NINE = 12
const AGE = 'ageMsP50'

/** The colour of each side: 0 for tickwire, whichever place it has; the others' in order. */
export function slotsOf(sides: readonly Pick<SideResult, 'server'>[]): number[] {
  const own = Math.max(
    0,
    sides.findIndex(({ server }) => server === 'tickwire'),
  )
  return sides.map((_, i) => (i === own ? 0 : i < own ? i + 1 : i))
}

/** One for each name of a series, those that the result's table shows first. */
export function timelinesOf({ sides, shown }: Result): Plot[] {
  const names = new Set(sides.flatMap(({ timeline }) => timeline.map(({ name }) => name)))
  const rank = (name: string) => (shown.includes(name) ? shown.indexOf(name) : shown.length)
  return [...names]
    .sort((a, b) => rank(a) - rank(b))
    .map((name) => ({
      ...timelineOf(name, sides),
      isShown: shown.includes(name),
    }))
}

/** Times by percentile, a line for each side and distribution; null where nothing was timed. */
export function percentilesOf({ sides }: Result): Plot | null {
  const slots = slotsOf(sides)
  const names = [...new Set(sides.flatMap((side) => side.distributions.map(({ name }) => name)))]
  const lines = sides.flatMap(({ name: side, distributions }, i) =>
    distributions.map(
      ({ name, count, histogram }): Line => ({
        label: names.length === 1 ? side : `${side} ${name.replace(/^.* of /, '')}`,
        slot: slots[i]!,
        isDashed: names.indexOf(name) > 0,
        points: curveOf(histogram, count),
      }),
    ),
  )
  const title = `${names.length === 1 ? names[0] : 'times'} by percentile`
  const drawn = lines.filter(({ points }) => points.some(([, ms]) => ms !== null))
  if (drawn.length === 0) return null
  return {
    title: capital(title),
    says: 'Such a part of all was faster than the line: the further it stays to the right and low, the better.',
    isShown: true,
    chart: (width, height) => percentileChart(title, drawn, [width, height]),
  }
}

function timelineOf(name: string, sides: readonly SideResult[]): Omit<Plot, 'isShown'> {
  const slots = slotsOf(sides)
  const lines = sides.flatMap(({ name: label, timeline }, i): Line[] => {
    const series = timeline.find((series) => series.name === name)
    return series === undefined
      ? []
      : [{ label, slot: slots[i]!, isDashed: false, points: series.points }]
  })
  const { label, says } = describe(name)
  const y = axisOf(ysOf(lines), (value) => format(name, value))
  return {
    title: `${capital(label)} over time${y.isLog ? ', logarithmic' : ''}`,
    says: capital(says),
    chart: (width, height) => ({
      says: `${label} over the time of the run: ${lines.map(summaryOf(name)).join('; ')}`,
      lines,
      x: secondsAxis(Math.max(1, ...xsOf(lines))),
      y,
      width,
      height,
      tip: (x, y) => `${format(name, y)} at ${x} s`,
    }),
  }
}

/** It ends where the lines do: labels at their ends are to stand there. */
function secondsAxis(most: number): Axis {
  const { ticks, ...axis } = linearAxis(0, most, (s) => `${s} s`)
  return { ...axis, max: most, ticks: ticks.filter(({ value }) => value <= most) }
}

function percentileChart(
  title: string,
  lines: readonly Line[],
  [width, height]: readonly [number, number],
): Chart {
  const most = Math.max(...xsOf(lines), 10)
  const ys = ysOf(lines)
  const ms = (value: number) => format(AGE, value)
  return {
    says: `${title}: ${lines.map(summaryOf(AGE)).join('; ')}`,
    lines,
    x: { isLog: true, min: 1, max: most, ticks: NINES.filter(({ value }) => value <= most) },
    y: logAxis(Math.min(...ys), Math.max(...ys), ms),
    width,
    height,
    tip: (x, y) => `${percentOf(x)} within ${ms(y)}`,
  }
}

/** As far as there is a time behind each point. A time of 0 has no place on a logarithmic axis: it is a gap. */
function curveOf(histogram: string, count: number): Point[] {
  const nines = Math.min(Math.log10(Math.max(count, 1)), NINES.length)
  const steps = Math.floor(nines * STEPS_A_NINE)
  const xs = Array.from({ length: steps + 1 }, (_, i) => 10 ** (i / STEPS_A_NINE))
  const times = timesAt(
    histogram,
    xs.map((x) => 1 - 1 / x),
  )
  return times.map((ms, i) => [xs[i]!, ms > 0 ? ms : null])
}

function summaryOf(name: string): (line: Line) => string {
  return ({ label, points }) => {
    const ys = points.flatMap(([, y]) => (y === null ? [] : [y]))
    if (ys.length === 0) return `${label} has none`
    const [least, most] = [Math.min(...ys), Math.max(...ys)].map((y) => format(name, y))
    return `${label} from ${least} to ${most}`
  }
}

function percentOf(x: number): string {
  return `${((1 - 1 / x) * 100).toFixed(x < 100 ? 0 : 2)} %`
}

function xsOf(lines: readonly Line[]): number[] {
  return lines.flatMap(({ points }) => points.map(([x]) => x))
}

function ysOf(lines: readonly Line[]): number[] {
  return lines.flatMap(({ points }) => points.flatMap(([, y]) => (y === null ? [] : [y])))
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
