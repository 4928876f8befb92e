/**
 * Rounds: everybody joins, prices flow, and several rounds are measured; in the end every client must be exact.
 */
import { numberOf, type Procedure } from '../stage/bench.ts'
import { finish } from '../stage/finish.ts'
import { onStage } from '../stage/stage.ts'
import { measureRounds } from './common.ts'

export const rounds: Procedure = {
  owns: null,

  run: (bench) =>
    onStage(bench, { sides: bench.plan.sides }, async (stage) => {
      await stage.join()
      await stage.publish()
      await measureRounds(stage, numberOf(bench, 'rounds'))
      await finish(stage)
    }),
}
