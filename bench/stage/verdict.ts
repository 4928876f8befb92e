/**
 * Verdict: whether a run's figures may be quoted. What came wrong is told from what a busy machine does to a run.
 */
import type { Group, Side } from '../scenario/scenario.ts'
import type { Bench } from './bench.ts'
import type { GroupCount } from './figures.ts'
import type { Findings } from './findings.ts'
import type { SideOnStage } from './side.ts'

const BUSY_MAX = 0.8
const LATENESS_MS_MAX = 10
const CORE_PERCENT_MAX = 90

export interface Verdict {
  /** Something is broken. */
  readonly broken: readonly string[]
  /** The generator was the bottleneck. */
  readonly slow: readonly string[]
  readonly remarks: readonly string[]
}

/** Whoever runs a smoke size quotes nothing of it: that its machine was busy is no more than a remark. */
export function verdictOn(findings: Findings, isSmoke: boolean): Verdict {
  const { busy, latenessMsP99, coreCpuPercents, broken, remarks } = findings
  const slow = [...busy]
    .filter(([, utilization]) => utilization > BUSY_MAX)
    .map(
      ([what, utilization]) => `${what} were busy ${(utilization * 100).toFixed(0)} % of the time`,
    )
  if (latenessMsP99 > LATENESS_MS_MAX) {
    slow.push(`the publisher was late: ${latenessMsP99.toFixed(1)} ms at the 99th percentile`)
  }
  const full = coreCpuPercents.filter((percent) => percent > CORE_PERCENT_MAX).length
  const told = slow.map((what) => `the generator was the bottleneck: ${what}`)
  return {
    broken: [...broken],
    slow: isSmoke ? [] : told,
    remarks: [
      ...remarks,
      ...(full === 0 ? [] : [saturated(full, coreCpuPercents.length)]),
      ...(isSmoke ? told : []),
    ],
  }
}

/** Notes how busy receivers were in a round, and what there must be none of. */
export function noteRound(bench: Bench, side: SideOnStage, counts: readonly GroupCount[]): void {
  for (const { group, figures } of counts) {
    bench.findings.addBusy(`the ${group.name} receivers of ${side.side.name}`, figures.utilization)
  }
  noteTotals(bench, side, counts)
}

/** Notes what there must be none of: since the start, as receivers count it. */
export function noteTotals(bench: Bench, side: SideOnStage, counts: readonly GroupCount[]): void {
  const { findings, scenario } = bench
  const { name } = side.side
  const totals = { disorders: 0, disconnected: 0 }
  for (const { group, figures } of counts) {
    const { disorders, closed } = figures
    totals.disorders += disorders
    totals.disconnected += closed
    if (closed === 0 || scenario.procedure === 'drain') continue
    const says = `${name}: clients of ${group.name} were disconnected`
    if (isExcused(side.side, group)) findings.remarks.add(says)
    else findings.broken.add(says)
  }
  if (totals.disorders > 0) findings.broken.add(`${name}: values came after newer ones`)
  findings.of(side.side).set(totals)
}

/** Whether a round says more of the generator than of the server. */
export function isGeneratorSlow(counts: readonly GroupCount[], latenessMsP99: number): boolean {
  const isBusy = counts.some(({ figures }) => figures.utilization > BUSY_MAX)
  return isBusy || latenessMsP99 > LATENESS_MS_MAX
}

/**
 * Whether nothing is wrong with a server whose clients of this group are not exact, or closed: those that never read,
 * and with controls all that need a server which thinks of them. What these come to is what the run shows.
 */
export function isExcused({ server }: Side, { bytesPerS, isLate, churnPerS }: Group): boolean {
  if (bytesPerS === 0) return true
  const isPlain = bytesPerS === null && isLate !== true && churnPerS === undefined
  return server !== 'tickwire' && !isPlain
}

function saturated(rounds: number, of: number): string {
  return (
    `the servers' core was full in ${rounds} of ${of} rounds (above ${CORE_PERCENT_MAX} %): then every server batches, ` +
    'and looks cheaper than it is'
  )
}
