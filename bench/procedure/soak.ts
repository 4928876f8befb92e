/**
 * Soak: rounds with hostile clients all the time, and Redis killed before each; every honest client must be exact when
 * it is over.
 * Next:  break-redis.ts
 */
import { Hostile } from '../load/hostile.ts'
import { numberOf, type Procedure } from '../stage/bench.ts'
import { finish } from '../stage/finish.ts'
import { measure } from '../stage/measure.ts'
import { onStage } from '../stage/stage.ts'
import { breakRedis } from './break-redis.ts'

export const soak: Procedure = {
  owns: 'redis',

  run: (bench) =>
    onStage(bench, { sides: bench.plan.sides }, async (stage, defer) => {
      const hostile = new Hostile()
      defer(() => hostile.stop())
      const [side] = stage.sides
      await stage.join()
      await hostile.attack(side!.server.url, numberOf(bench, 'hostile'))
      const beganMs = performance.now()
      await stage.publish()
      const rounds = numberOf(bench, 'rounds')
      for (let round = 1; round <= rounds; round++) {
        await breakRedis(stage)
        bench.progress.phase(`round ${round} of ${rounds}`)
        if (!(await measure(stage, numberOf(bench, 'roundS')))) break
      }
      const { attempts, ended } = await hostile.report()
      const count = Object.values(attempts).reduce((all, one) => all + one, 0)
      const seconds = (performance.now() - beganMs) / 1_000
      bench.findings.of(side!.side).set({ attacksPerS: count / seconds })
      bench.findings.remarks.add(`hostile clients: ${count} attempts, ${ended} ended by the server`)
      // They stay until the honest ones have been counted.
      const { lost } = await finish(stage)
      bench.findings.remarks.add(`${lost} updates were not published: Redis was away`)
    }),
}
