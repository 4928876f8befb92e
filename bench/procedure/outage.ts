/**
 * Outage: a calm round, Redis breaks, and rounds of what it is like when it is back.
 * Next:  break-redis.ts
 */
import { numberOf, type Procedure } from '../stage/bench.ts'
import { finish } from '../stage/finish.ts'
import { onStage } from '../stage/stage.ts'
import { breakRedis } from './break-redis.ts'
import { measureRounds } from './common.ts'

export const outage: Procedure = {
  owns: 'redis',

  run: (bench) =>
    onStage(bench, { sides: bench.plan.sides }, async (stage) => {
      await stage.join()
      await stage.publish()
      if (!(await measureRounds(stage, 1, 'calm.'))) return
      await breakRedis(stage)
      await measureRounds(stage, numberOf(bench, 'rounds'))
      const { lost } = await finish(stage)
      bench.findings.remarks.add(`${lost} updates were not published: Redis was away`)
    }),
}
