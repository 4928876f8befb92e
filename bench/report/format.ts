/**
 * Format: figures as readers see them, the same in the terminal, on pages and in charts.
 */
import { describe, type Figure } from './figures.ts'
import type { Environment, Ratio, SideResult, Spread } from './result.ts'

/** What stands where there is no figure. */
export const NONE = '-'

const MS_PER_S = 1_000
const RATIO_DIGITS = 3

/** A figure's value with its unit. */
export function format(name: string, value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE
  return withUnit(describe(name), value)
}

/** The median, and in brackets the least and the most of several rounds: `12.1 ms (11.8-13)`. */
export function formatSpread(name: string, spread: Spread | undefined): string {
  if (spread === undefined) return NONE
  const median = format(name, spread.median)
  if (spread.rounds.length < 2) return median
  const ends = [format(name, spread.min), format(name, spread.max)]
  if (ends.every((end) => end === median)) return median
  const unit = unitOf(median)
  const shown = ends.every((end) => unitOf(end) === unit)
    ? ends.map((end) => end.slice(0, end.length - unit.length))
    : ends
  return `${median} (${shown.join(spread.min < 0 ? ' to ' : '-')})`
}

/** Such as `1.03`. */
export function formatRatio(ratio: number): string {
  return Number.isFinite(ratio) ? rounded(ratio, RATIO_DIGITS, true) : NONE
}

/** Such as `cpuUsPerUpdate tickwire / raw-uws: 1.03 (1.01-1.05, 5 rounds)`. */
export function formatRatioLine({ figure, of, to, ...spread }: Ratio): string {
  const { median, min, max, rounds } = spread
  const range = `${formatRatio(min)}-${formatRatio(max)}, ${rounds.length} rounds`
  const brackets = rounds.length < 2 ? '1 round' : range
  return `${figure} ${of} / ${to}: ${formatRatio(median)} (${brackets})`
}

/** Where figures come from: the machine, then what ran on it and how times were taken. */
export function formatEnvironment(environment: Environment): [machine: string, setup: string] {
  const { cores, cpu, memoryMiB, kernel, node, commit, isChanged, startedAt } = environment
  const { versions, limits, clock, placement } = environment
  const changed = isChanged ? ' with changes' : ''
  return [
    `${cores} x ${cpu}, ${memoryMiB} MiB, kernel ${kernel}, Node ${node}, commit ${commit}${changed}, ${startedAt}`,
    [`clock: ${clock}`, `placement: ${placement}`, formatPairs(versions), formatPairs(limits)]
      .filter((part) => part !== '')
      .join('; '),
  ]
}

/** Names and values in a line: `fastClients 100, roundS 6`. */
export function formatPairs(pairs: Readonly<Record<string, number | string>>): string {
  return Object.entries(pairs)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}

/** A side as the head of its column: which server it is, where the name does not say so and there are several. */
export function formatSide(
  { name, server }: Pick<SideResult, 'name' | 'server'>,
  sides: readonly Pick<SideResult, 'server'>[],
): string {
  const isOnly = sides.every((other) => other.server === server)
  return isOnly || name.includes(server) ? name : `${name} (${server})`
}

/** Such as `1.03 (1.01-1.05)`. */
export function formatRatioSpread(spread: Spread | undefined): string {
  if (spread === undefined) return NONE
  const [median, min, max] = [spread.median, spread.min, spread.max].map(formatRatio)
  return spread.rounds.length < 2 ? median! : `${median} (${min}-${max})`
}

function unitOf(text: string): string {
  return text.replace(/^-?[\d.,]+/, '')
}

function withUnit({ unit, digits }: Figure, value: number): string {
  switch (unit) {
    case '':
      return rounded(value, digits)
    case '/s':
      return `${rounded(value, digits)}/s`
    case 'part':
      return `${percentOf(value, digits)} %`
    case 'ms':
      return Math.abs(value) < MS_PER_S
        ? `${rounded(value, digits)} ms`
        : `${rounded(value / MS_PER_S, digits)} s`
    default:
      return `${rounded(value, digits)} ${unit}`
  }
}

/** What is short of all must not read as all: 0.99999 is `99.99`. */
function percentOf(part: number, digits: number): string {
  const nearest = Number((part * 100).toPrecision(digits))
  const isShort = part < 1 && nearest >= 100
  return isShort ? (100 - 10 ** (2 - digits)).toFixed(digits - 2) : rounded(part * 100, digits)
}

/** So many significant digits, thousands apart; no zeros behind the point unless they are asked for. */
function rounded(value: number, digits: number, isPadded = false): string {
  return value.toLocaleString('en-US', {
    maximumSignificantDigits: digits,
    minimumSignificantDigits: isPadded ? digits : 1,
  })
}
