/**
 * Compare: two results of one scenario side by side, and whether the second is worse than allowed. Exit codes: 0 no
 * limit was passed; 1 one was; 2 there is no verdict, because the results cannot be compared, one of them is void, or
 * the command line is wrong.
 */
import { parseArgs } from 'node:util'
import { describe } from './figures.ts'
import { format, formatRatio, NONE } from './format.ts'
import { formatChange, judge, type Limit, medianOf, parseLimit } from './limit.ts'
import { readResult } from './read.ts'
import type { Result, SideResult } from './result.ts'
import { printRows } from './table.ts'

export interface Comparison {
  readonly lines: readonly string[]
  /** What a reader should know before believing it. */
  readonly warnings: readonly string[]
  /** Limits that were passed. */
  readonly failures: readonly string[]
  /** Why there is no verdict. */
  readonly refusals: readonly string[]
}

type Values = Readonly<Record<string, unknown>>

const USAGE = 'usage: npm run bench -- compare BEFORE.json AFTER.json [--fail-on FIGURE:+N%]...'
const ORDINALS = ['first', 'second'] as const
const EXIT_FINE = 0
const EXIT_WORSE = 1
const EXIT_NO_VERDICT = 2

/** The command: reads two files, prints how they differ, returns the exit code. */
export function runCompare(args: readonly string[]): number {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { 'fail-on': { type: 'string', multiple: true, default: [] } },
    })
    if (positionals.length !== 2) throw new Error(USAGE)
    const [a, b] = positionals.map(readResult)
    const comparison = compare(a!, b!, values['fail-on'].map(parseLimit))
    console.log(printComparison(comparison).join('\n'))
    return exitCodeOf(comparison)
  } catch (error) {
    console.error((error as Error).message)
    return EXIT_NO_VERDICT
  }
}

/** Compares the second result with the first. */
export function compare(a: Result, b: Result, failOn: readonly Limit[] = []): Comparison {
  if (a.scenario !== b.scenario) {
    const refusal = `${a.scenario} and ${b.scenario} are different scenarios: their figures have nothing in common`
    return { lines: [], warnings: [], failures: [], refusals: [refusal] }
  }
  const verdicts = failOn.map((limit) => judge(limit, a, b))
  const voids = [a, b].flatMap(({ voids }, i) =>
    voids.map((why) => `the ${ORDINALS[i]} result is void: ${why}`),
  )
  return {
    lines: [...figureRows(a, b), '', ...ratioRows(a, b)],
    warnings: warningsAbout(a, b),
    failures: verdicts.flatMap(({ failure }) => failure ?? []),
    refusals: [...voids, ...verdicts.flatMap(({ refusal }) => refusal ?? [])],
  }
}

/** What the process ends with. Where there is no verdict, a figure that looks worse proves nothing either. */
export function exitCodeOf({ failures, refusals }: Comparison): number {
  if (refusals.length > 0) return EXIT_NO_VERDICT
  return failures.length > 0 ? EXIT_WORSE : EXIT_FINE
}

function printComparison({ lines, warnings, failures, refusals }: Comparison): string[] {
  return [
    ...lines,
    ...warnings.map((warning) => `WARNING: ${warning}`),
    ...failures.map((failure) => `WORSE: ${failure}`),
    ...refusals.map((refusal) => `NO VERDICT: ${refusal}`),
  ]
}

function figureRows(a: Result, b: Result): string[] {
  const sides = [a.sides[0], b.sides[0]]
  const named = [...a.shown, ...b.shown, ...sides.flatMap((side) => namesOf(side))]
  const names = [...new Set(named)].filter((name) =>
    sides.some((side) => name in (side?.figures ?? {})),
  )
  const rows = names.map((name) => {
    const measured = { figure: name, to: null }
    const [before, after] = [medianOf(measured, a), medianOf(measured, b)]
    const { label } = describe(name)
    return [label, format(name, before), format(name, after), ...changeCells(name, before, after)]
  })
  return printRows([[`${sides[0]?.name}, medians`, ...ORDINALS, 'change', ''], ...rows])
}

function ratioRows(a: Result, b: Result): string[] {
  const ratios = new Map(
    [...a.ratios, ...b.ratios].map((ratio) => [ratio.figure + ratio.to, ratio]),
  )
  if (ratios.size === 0)
    return ['No ratios to controls: single figures differ by up to two between runs.']
  const rows = [...ratios.values()].map((ratio) => {
    const [before, after] = [medianOf(ratio, a), medianOf(ratio, b)]
    const cells = [before, after].map((value) => (value === undefined ? NONE : formatRatio(value)))
    return [`${ratio.figure} / ${ratio.to}`, ...cells, ...changeCells(ratio.figure, before, after)]
  })
  return printRows([['ratios: quote these', ...ORDINALS, 'change', ''], ...rows])
}

function changeCells(
  name: string,
  before: number | undefined,
  after: number | undefined,
): string[] {
  const change = formatChange(before, after)
  const { better } = describe(name)
  const isSame = before === undefined || after === undefined || before === after
  if (isSame || better === null) return [change, '']
  return [change, after > before === (better === 'higher') ? 'better' : 'worse']
}

function warningsAbout(a: Result, b: Result): string[] {
  const values = differences(a.values, b.values)
  const machine = differences(machineOf(a), machineOf(b))
  const sides = [a, b].map((result) => result.sides.map(({ name }) => name).join(', '))
  return [
    ...(sides[0] === sides[1] ? [] : [`different sides: ${sides.join(' and ')}`]),
    ...(values.length === 0 ? [] : [`different values: ${values.join(', ')}`]),
    ...(machine.length === 0 ? [] : [`different environments: ${machine.join(', ')}`]),
    ...[a, b].flatMap(({ isSmoke, isPartial }, i) => [
      ...(isSmoke ? [`the ${ORDINALS[i]} is a smoke run: too small to show anything`] : []),
      ...(isPartial ? [`the ${ORDINALS[i]} was interrupted`] : []),
    ]),
  ]
}

/** All but the commit and the time: those are what is compared. */
function machineOf({ environment }: Result): Values {
  const { commit: _, isChanged: __, startedAt: ___, ...machine } = environment
  return machine
}

function differences(a: Values, b: Values): string[] {
  const text = (value: unknown) => JSON.stringify(value) ?? NONE
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((name) => text(a[name]) !== text(b[name]))
    .map((name) => `${name} ${text(a[name])} and ${text(b[name])}`)
}

function namesOf(side: SideResult | undefined): string[] {
  return Object.keys(side?.figures ?? {})
}
