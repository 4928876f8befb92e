/**
 * Spread: the arithmetic of reports: the middle of rounds, ratios of sides, slopes, quantiles.
 */
import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from 'hdr-histogram-js'
import type { Distribution, Ratio, SideResult, Spread } from './result.ts'

const US_PER_MS = 1_000
/** Up to a minute, three digits: what is merged may have been recorded with less. */
const RECORDED = { lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000 } as const

export interface Quantiles {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly p9999: number
  readonly max: number
}

/**
 * The median of rounds, the least and the most: nothing is left out. Throws where there is no round, or where one is
 * no finite number: JSON has no other.
 */
export function spreadOf(rounds: readonly number[]): Spread {
  if (rounds.length === 0) throw new Error('a figure needs one round at least')
  const odd = rounds.find((value) => !Number.isFinite(value))
  if (odd !== undefined) throw new Error(`${odd} is no figure: leave it out where there is none`)
  const sorted = [...rounds].sort((a, b) => a - b)
  const half = sorted.length >> 1
  const upper = sorted[half]!
  const median = sorted.length % 2 === 1 ? upper : (sorted[half - 1]! + upper) / 2
  return { median, min: sorted[0]!, max: sorted.at(-1)!, rounds: [...rounds] }
}

/**
 * The first side's figure over each other side's, round by round. A side without the figure, or with a round of 0, has
 * no ratio.
 */
export function ratiosOf(figure: string, sides: readonly SideResult[]): Ratio[] {
  const [first, ...others] = sides
  const own = first?.figures[figure]?.rounds ?? []
  return others.flatMap((other) => {
    const theirs = other.figures[figure]?.rounds ?? []
    const count = Math.min(own.length, theirs.length)
    const ratios = own.slice(0, count).map((value, round) => value / theirs[round]!)
    if (count === 0 || !ratios.every(Number.isFinite)) return []
    return [{ figure, of: first!.name, to: other.name, ...spreadOf(ratios) }]
  })
}

/** Least squares: by how much y rises while x rises by 1. null where there are not two points with different x. */
export function slope(points: readonly (readonly [x: number, y: number | null])[]): number | null {
  const known = points.filter((point): point is readonly [number, number] => point[1] !== null)
  const meanX = meanOf(known.map(([x]) => x))
  const meanY = meanOf(known.map(([, y]) => y))
  let products = 0
  let squares = 0
  for (const [x, y] of known) {
    products += (x - meanX) * (y - meanY)
    squares += (x - meanX) ** 2
  }
  return squares > 0 ? products / squares : null
}

/** In ms; null where nothing was timed. */
export function quantilesOf({ histogram }: Pick<Distribution, 'histogram'>): Quantiles | null {
  const [p50, p90, p99, p999, p9999, max] = timesAt(histogram, [0.5, 0.9, 0.99, 0.999, 0.9999, 1])
  if (max === undefined) return null
  return { p50: p50!, p90: p90!, p99: p99!, p999: p999!, p9999: p9999!, max }
}

/** The times in ms below which such parts of all lie; none where nothing was timed. */
export function timesAt(histogram: string, parts: readonly number[]): number[] {
  const times = decode(histogram)
  if (times.totalCount === 0) return []
  return parts.map((part) => times.getValueAtPercentile(part * 100) / US_PER_MS)
}

/** One histogram of all that several hold, each as in a Distribution. */
export function merge(histograms: readonly string[]): string {
  const all = build({ ...RECORDED, numberOfSignificantValueDigits: 3, autoResize: true })
  for (const histogram of histograms) all.add(decode(histogram))
  return encodeIntoCompressedBase64(all)
}

function decode(histogram: string): Histogram {
  return decodeFromCompressedBase64(histogram, 32, false)
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
