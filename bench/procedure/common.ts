/**
 * What procedures share beyond the stage.
 */
import { numberOf } from '../stage/bench.ts'
import { measure } from '../stage/measure.ts'
import type { Stage } from '../stage/stage.ts'

/** So many rounds; false when they were interrupted. */
export async function measureRounds(stage: Stage, count: number, prefix = ''): Promise<boolean> {
  const seconds = numberOf(stage.bench, 'roundS')
  for (let round = 1; round <= count; round++) {
    stage.bench.progress.phase(`${prefix.replace('.', ' ')}round ${round} of ${count}`)
    if (!(await measure(stage, seconds, prefix))) return false
  }
  return true
}
