/**
 * Trim: a result small enough to be kept in the repository: all figures and distributions, timelines with fewer points.
 */
import type { Result, Series } from './result.ts'

type Point = Series['points'][number]

const POINTS_MAX = 60
const DIGITS = 4
const COLUMNS_MAX = 100

/** The result with at most 60 points a series: of points that lie together the highest, so that no peak is lost. */
export function trimmed(result: Result): Result {
  const sides = result.sides.map((side) => ({ ...side, timeline: side.timeline.map(trimSeries) }))
  return { ...result, sides }
}

/** As JSON the way biome formats it, so that what is kept passes the check as it is: lists on a line that fit there. */
export function printJson(value: object): string {
  return `${print(value, '', 0)}\n`
}

/** `before`: how much of the value's first line is taken already. */
function print(value: unknown, indent: string, before: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const isList = Array.isArray(value)
  const line = isList ? onOneLine(value) : null
  if (line !== null && before + line.length < COLUMNS_MAX) return line
  const inner = `${indent}  `
  if (isList && value.every((item) => typeof item === 'number')) {
    return `[\n${filled(value, inner)}\n${indent}]`
  }
  const items = Object.entries(value).map(([key, item]) => {
    const head = isList ? inner : `${inner}${JSON.stringify(key)}: `
    return head + print(item, inner, head.length)
  })
  const [open, close] = isList ? '[]' : '{}'
  return items.length === 0 ? `${open}${close}` : `${open}\n${items.join(',\n')}\n${indent}${close}`
}

/** As many numbers a line as fit. */
function filled(numbers: readonly number[], indent: string): string {
  const lines = ['']
  for (const [i, number] of numbers.entries()) {
    const item = `${number}${i < numbers.length - 1 ? ',' : ''}`
    const longer = `${lines.at(-1)} ${item}`.trimStart()
    if (indent.length + longer.length > COLUMNS_MAX) lines.push(item)
    else lines[lines.length - 1] = longer
  }
  return lines.map((line) => indent + line).join('\n')
}

/** null for what is broken in any case: lists with objects in them, and lists of points. */
function onOneLine(list: readonly unknown[]): string | null {
  const isTable = list.length > 1 && list.every((item) => Array.isArray(item) && item.length > 1)
  const hasObject = list.some((item) => !Array.isArray(item) && item instanceof Object)
  if (isTable || hasObject) return null
  return `[${list.map((item) => (Array.isArray(item) ? onOneLine(item) : JSON.stringify(item))).join(', ')}]`
}

function trimSeries({ name, points }: Series): Series {
  const size = Math.ceil(points.length / POINTS_MAX)
  if (size <= 1) return { name, points }
  const count = Math.ceil(points.length / size)
  const bunches = Array.from({ length: count }, (_, i) => points.slice(i * size, (i + 1) * size))
  return { name, points: bunches.map(highest) }
}

function highest(bunch: readonly Point[]): Point {
  const [atS, value] = bunch.reduce((a, b) => ((b[1] ?? -Infinity) > (a[1] ?? -Infinity) ? b : a))
  return [atS, value === null ? null : Number(value.toPrecision(DIGITS))]
}
