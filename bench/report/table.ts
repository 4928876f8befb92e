/**
 * Table: a result as the terminal shows it: the question, what was run where, the figures side by side, and loudly at
 * the end why they must not be quoted, if so.
 */
import { describe } from './figures.ts'
import {
  format,
  formatEnvironment,
  formatPairs,
  formatRatioLine,
  formatRatioSpread,
  formatSide,
  formatSpread,
} from './format.ts'
import type { Result, SideResult } from './result.ts'

const COLUMNS_MAX = 112
const GAP = '   '
/** So many ratios are lines that can be quoted as they stand; more are a table. */
export const RATIO_LINES_MAX = 6
const NOT_TO_BE_QUOTED = 'these figures must not be quoted'

/** A result as text of several lines, none of them wider than a wide terminal. */
export function printResult(result: Result): string {
  const { scenario, question, values, environment, ratios, remarks, voids } = result
  const parts = [
    [`${scenario}${flagsOf(result)}: ${question}`],
    [formatPairs(values), ...formatEnvironment(environment)],
    printFigures(result),
    ratios.length > RATIO_LINES_MAX ? printRows(ratioRows(result)) : ratios.map(formatRatioLine),
    remarks.map((remark) => `Note: ${remark}`),
    [...voids, ...(voids.length > 0 ? [NOT_TO_BE_QUOTED] : [])].map((why) => `VOID: ${why}`),
  ]
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.flatMap((line) => wrap(line)).join('\n'))
    .join('\n\n')
}

/** Rows in columns: the first to the left, all others to the right. */
export function printRows(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join(GAP)
      .trimEnd(),
  )
}

/** What a run was besides whole: it stands beside its name. */
export function flagsOf({ isSmoke, isPartial }: Pick<Result, 'isSmoke' | 'isPartial'>): string {
  const flags = [isSmoke ? 'smoke' : '', isPartial ? 'interrupted' : ''].filter(Boolean)
  return flags.length === 0 ? '' : ` (${flags.join(', ')})`
}

/** Medians alone where four sides with their spreads would not fit. */
function printFigures(result: Result): string[] {
  const whole = printRows(figureRows(result, formatSpread))
  if (whole.every((line) => line.length <= COLUMNS_MAX)) return whole
  return printRows(figureRows(result, (name, spread) => format(name, spread?.median)))
}

function figureRows({ shown, sides }: Result, cellOf: typeof formatSpread): (readonly string[])[] {
  const names = shown.filter((name) => sides.some(({ figures }) => figures[name] !== undefined))
  const isRepeated = cellOf === formatSpread && sides.some((side) => roundsOf(side) > 1)
  return [
    [isRepeated ? 'median (min-max)' : '', ...sides.map((side) => formatSide(side, sides))],
    ...names.map((name) => [
      describe(name).label,
      ...sides.map(({ figures }) => cellOf(name, figures[name])),
    ]),
  ]
}

/** Ratios as a table, a row a figure and a column a control, for where they are too many for lines. */
export function ratioRows({ ratios, sides }: Pick<Result, 'ratios' | 'sides'>): string[][] {
  const controls = sides.slice(1).filter(({ name }) => ratios.some(({ to }) => to === name))
  const figures = [...new Set(ratios.map(({ figure }) => figure))]
  const cellOf = (figure: string, side: SideResult) =>
    formatRatioSpread(ratios.find((ratio) => ratio.figure === figure && ratio.to === side.name))
  return [
    ['ratio', ...controls.map(({ name }) => `${sides[0]?.name} / ${name}`)],
    ...figures.map((figure) => [figure, ...controls.map((side) => cellOf(figure, side))]),
  ]
}

/** How often a side was measured. */
export function roundsOf({ figures }: SideResult): number {
  return Math.max(0, ...Object.values(figures).map(({ rounds }) => rounds.length))
}

/** Breaks a line of prose between words; what follows is indented. Rows of a table that fit pass as they are. */
export function wrap(line: string, columns = COLUMNS_MAX, indent = '  '): string[] {
  if (line.length <= columns) return [line]
  const at = line.lastIndexOf(' ', columns)
  // A word that is as long as a line stays whole.
  if (at === -1 || line.slice(0, at).trim() === indent.trim()) return [line]
  return [line.slice(0, at), ...wrap(indent + line.slice(at + 1), columns, indent)]
}
