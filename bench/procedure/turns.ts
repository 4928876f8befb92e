/**
 * Turns: rounds of one server after the other, over and over. Each has the core to itself, so that it can be filled; what
 * the machine does meanwhile hits them less alike than side by side.
 */
import { numberOf, type Procedure } from '../stage/bench.ts'
import { finish } from '../stage/finish.ts'
import { measure } from '../stage/measure.ts'
import { onStage } from '../stage/stage.ts'

export const turns: Procedure = {
  owns: null,

  async run(bench) {
    const rounds = numberOf(bench, 'rounds')
    for (let round = 1; round <= rounds; round++) {
      for (const side of bench.plan.sides) {
        if (bench.signal.aborted) return
        await onStage(bench, { sides: [side] }, async (stage) => {
          await stage.join()
          await stage.publish()
          bench.progress.phase(`round ${round} of ${rounds}: ${side.name}`)
          await measure(stage, numberOf(bench, 'roundS'))
          await finish(stage)
        })
      }
    }
  },
}
