/**
 * Bench: what one run is about, as procedures are handed it.
 */

import type { Progress } from '../command/progress.ts'
import type { Plan, Scenario, Side, Values } from '../scenario/scenario.ts'
import type { Findings } from './findings.ts'
import type { Placement } from './placement.ts'

/** What runs already, and is not to be started. */
export interface Elsewhere {
  readonly redisUrl: string | null
  readonly server: { readonly url: string; readonly admin: string | null } | null
}

export interface Bench {
  readonly scenario: Scenario
  readonly values: Values
  readonly plan: Plan
  readonly elsewhere: Elsewhere
  readonly placement: Placement
  readonly findings: Findings
  readonly progress: Progress
  /** Aborted by Ctrl-C, or because a server crashed: what has been found until then is reported. */
  readonly signal: AbortSignal
  /** A process ended that should not have. */
  readonly onCrash: (error: Error) => void
}

export interface Procedure {
  /** What it kills or stops, and therefore must have started itself; null: nothing. */
  readonly owns: 'server' | 'redis' | null
  run(bench: Bench): Promise<void>
}

/** Thrown where a run cannot go on to its first figure. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/** One of the scenario's numbers. Throws where it has none of the name: a mistake of the scenario. */
export function numberOf({ scenario, values }: Bench, name: string): number {
  const value = values[name]
  if (typeof value === 'number') return value
  throw new Error(`${scenario.name} has no number ${name}`)
}

/** The groups that a side has. */
export function groupsOf({ groups }: Plan, { without = [] }: Side) {
  return groups.filter(({ name }) => !without.includes(name))
}
