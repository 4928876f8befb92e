/**
 * Procedures: how each kind of scenario is run.
 */
import type { ProcedureName } from '../scenario/scenario.ts'
import type { Procedure } from '../stage/bench.ts'
import { capacity } from './capacity.ts'
import { drain } from './drain.ts'
import { http } from './http.ts'
import { idle } from './idle.ts'
import { outage } from './outage.ts'
import { rounds } from './rounds.ts'
import { soak } from './soak.ts'
import { storm } from './storm.ts'
import { turns } from './turns.ts'

export const PROCEDURES: Readonly<Record<ProcedureName, Procedure>> = {
  rounds,
  turns,
  storm,
  idle,
  capacity,
  outage,
  drain,
  http,
  soak,
}
