/**
 * Limit: by how much a figure, or its ratio to a control, may become worse from one result to another.
 */
import { describe } from './figures.ts'
import { NONE } from './format.ts'
import type { Result } from './result.ts'

/** `cpuUsPerUpdate:+10%`, or `cpuUsPerUpdate/raw-uws:+3%`. */
export interface Limit extends Measured {
  /** As it was given. */
  readonly text: string
  /** Signed: above 0 a rise by more is worse, below 0 a fall by more. */
  readonly percent: number
}

/** A figure of a result's first side. */
export interface Measured {
  readonly figure: string
  /** The side that the first is divided by; null for the figure itself. */
  readonly to: string | null
}

/** What a limit says of two results: a sentence where it is passed, or where it cannot be told. */
export interface Verdict {
  readonly failure: string | null
  readonly refusal: string | null
}

const LIMIT = /^([\w.-]+)(?:\/([^:]+))?:([+-])(\d+(?:\.\d+)?)%$/
const EXAMPLES =
  'cpuUsPerUpdate:+10% (it may rise by 10 %), updatesPerS:-5% (it may fall by 5 %) or cpuUsPerUpdate/raw-uws:+3%'
/** Percent. Exactly the limit is allowed, and 110 over 100 is more than 10 % by the last binary digit alone. */
const ROUNDING = 1e-9

/** What stands behind one `--fail-on`. Throws with a sentence on what is none. */
export function parseLimit(text: string): Limit {
  const [, figure, to, sign, percent] = LIMIT.exec(text) ?? []
  if (figure === undefined) {
    throw new Error(
      `--fail-on ${text} is no limit: write a figure, a sign and a percentage, such as ${EXAMPLES}`,
    )
  }
  const { better } = describe(figure)
  const bad = better === null ? sign : better === 'lower' ? '+' : '-'
  if (sign !== bad) {
    const right = text.replace(`:${sign}`, `:${bad}`)
    throw new Error(`--fail-on ${text}: of ${figure} ${better} is better, so write ${right}`)
  }
  return { text, figure, to: to ?? null, percent: Number(`${sign}${percent}`) }
}

/** Whether the second result keeps within a limit on how it may differ from the first. */
export function judge(limit: Limit, a: Result, b: Result): Verdict {
  const [before, after] = [medianOf(limit, a), medianOf(limit, b)]
  if (before === undefined || after === undefined) {
    const which = before === undefined ? 'first' : 'second'
    return {
      failure: null,
      refusal: `--fail-on ${limit.text}: the ${which} result has no such figure`,
    }
  }
  const { text, percent } = limit
  const change = changeOf(before, after)
  const isWorse = percent < 0 ? change < percent - ROUNDING : change > percent + ROUNDING
  const failure = `${text}: it changed by ${formatChange(before, after)}, which is worse than allowed`
  return { failure: isWorse ? failure : null, refusal: null }
}

/** The median of a figure of the first side, or of its ratio; undefined where the result has none. */
export function medianOf({ figure, to }: Measured, { sides, ratios }: Result): number | undefined {
  if (to === null) return sides[0]?.figures[figure]?.median
  return ratios.find((ratio) => ratio.figure === figure && ratio.to === to)?.median
}

/** A change for a reader, such as `+3.1 %`. */
export function formatChange(before: number | undefined, after: number | undefined): string {
  if (before === undefined || after === undefined) return NONE
  const change = changeOf(before, after)
  if (!Number.isFinite(change)) return 'from 0'
  return `${change < 0 ? '' : '+'}${change.toFixed(1)} %`
}

/** In percent. From 0 on, any change is infinite: disorders where there were none pass every limit. */
function changeOf(before: number, after: number): number {
  return before === after ? 0 : ((after - before) / Math.abs(before)) * 100
}
