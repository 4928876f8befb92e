/**
 * Run: a scenario from its values to a result, whatever comes between.
 */

import { UsageError } from '../command/arguments.ts'
import type { Progress } from '../command/progress.ts'
import { PROCEDURES } from '../procedure/index.ts'
import { describe } from '../report/figures.ts'
import type { Result } from '../report/result.ts'
import { SCHEMA_VERSION } from '../report/result.ts'
import { ratiosOf } from '../report/spread.ts'
import { checkPlan } from '../scenario/check.ts'
import type { Plan, Scenario, Values } from '../scenario/scenario.ts'
import type { Bench, Elsewhere } from './bench.ts'
import { Interrupted } from './bench.ts'
import { environmentOf } from './environment.ts'
import { Findings } from './findings.ts'
import { placementOf, stepAside } from './placement.ts'
import { type Verdict, verdictOn } from './verdict.ts'

const NOT_COMPARED = [
  'disorders',
  'disconnected',
  'rssSlopeKiBPerS',
  'heldBefore',
  'exactAfterMs',
  'gcMsPerS',
]

export interface RunOptions {
  readonly scenario: Scenario
  readonly values: Values
  readonly isSmoke: boolean
  readonly elsewhere: Elsewhere
  readonly progress: Progress
  /** The command that makes it again. */
  readonly command: string
  /** Ctrl-C. */
  readonly interrupt: AbortSignal
}

export interface Outcome {
  readonly result: Result
  /** Something came wrong, and not because the machine was busy. */
  readonly isBroken: boolean
}

/** Throws with a sentence where there is nothing to report: it could not begin. */
export async function runScenario(options: RunOptions): Promise<Outcome> {
  const { scenario, values, elsewhere, progress, interrupt } = options
  const plan = planFor(scenario, values, elsewhere)
  const placement = placementOf(elsewhere.server !== null)
  stepAside(placement)
  const environment = environmentOf(placement)
  const findings = new Findings(plan.sides)
  if (placement.remark !== null) findings.remarks.add(placement.remark)
  const crash = new AbortController()
  const onCrash = (error: Error) => {
    findings.broken.add(error.message)
    crash.abort()
  }
  const signal = AbortSignal.any([interrupt, crash.signal])
  const bench = {
    scenario,
    values,
    plan,
    elsewhere,
    placement,
    findings,
    progress,
    signal,
    onCrash,
  }
  await play(bench)
  const verdict = verdictOn(findings, options.isSmoke)
  const sides = findings.results()
  const result: Result = {
    schemaVersion: SCHEMA_VERSION,
    scenario: scenario.name,
    question: scenario.question,
    isSmoke: options.isSmoke,
    isPartial: signal.aborted,
    values,
    command: options.command,
    environment,
    shown: scenario.figures,
    sides,
    ratios: scenario.figures.filter(isCompared).flatMap((figure) => ratiosOf(figure, sides)),
    voids: voidsOf(verdict, findings),
    remarks: verdict.remarks,
  }
  return { result, isBroken: verdict.broken.length > 0 }
}

/** Costs and times; what is expected to be none, or all, is no ratio. */
function isCompared(figure: string): boolean {
  return !NOT_COMPARED.includes(figure) && describe(figure).better === 'lower'
}

/** The scenario's plan, or what is left of it for a server that runs elsewhere. */
function planFor(scenario: Scenario, values: Values, elsewhere: Elsewhere): Plan {
  const plan = planOf(scenario, values)
  const { owns } = PROCEDURES[scenario.procedure]
  if (owns === 'server' && elsewhere.server !== null) {
    throw new UsageError(`${scenario.name} needs a server of its own: not with --url`)
  }
  if (owns === 'redis' && elsewhere.redisUrl !== null) {
    throw new UsageError(`${scenario.name} needs a Redis of its own: not with --redis`)
  }
  if (elsewhere.server === null) return plan
  const side = plan.sides.find(({ server, settings }) => server === 'tickwire' && !settings)
  if (side === undefined) {
    throw new UsageError(`${scenario.name} compares settings of servers: not with --url`)
  }
  return { ...plan, sides: [side] }
}

function planOf(scenario: Scenario, values: Values): Plan {
  try {
    return checkPlan(scenario.plan(values))
  } catch (error) {
    throw new UsageError(`${scenario.name}: ${(error as Error).message}`)
  }
}

/** What failed before anything was found is thrown; afterwards it is a part of what was found. */
async function play(bench: Bench): Promise<void> {
  try {
    await PROCEDURES[bench.scenario.procedure].run(bench)
  } catch (error) {
    if (error instanceof Interrupted || bench.signal.aborted) return
    if (bench.findings.isEmpty) throw error
    bench.findings.broken.add((error as Error).message)
  } finally {
    bench.progress.end()
  }
}

function voidsOf({ broken, slow }: Verdict, findings: Findings): string[] {
  return [
    ...broken,
    ...slow,
    ...(findings.isEmpty ? ['it ended before anything was measured'] : []),
  ]
}
