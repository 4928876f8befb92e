/**
 * Outage: Redis is killed, or hangs, and comes back: when clients are told, and when they read new values again.
 */
import type { TestRedis } from '../../test/support/redis.ts'
import { Interrupted, numberOf, type Procedure } from '../stage/bench.ts'
import { finish } from '../stage/finish.ts'
import { feedAt } from '../stage/metrics.ts'
import type { SideOnStage } from '../stage/side.ts'
import { onStage, type Stage } from '../stage/stage.ts'
import { until } from '../stage/until.ts'
import { measureRounds } from './common.ts'

const CHECK_MS = 20
const TIMEOUT_MS = 60_000

export const outage: Procedure = {
  owns: 'redis',

  run: (bench) =>
    onStage(bench, { sides: bench.plan.sides }, async (stage) => {
      await stage.join()
      await stage.publish()
      if (!(await measureRounds(stage, 1, 'calm.'))) return
      await breakRedis(stage, stage.redis!)
      // Updates that were due meanwhile count as late to nobody.
      await stage.publisher.begin()
      await measureRounds(stage, numberOf(bench, 'rounds'))
      const { lost } = await finish(stage)
      bench.findings.remarks.add(`${lost} updates were not published: Redis was away`)
    }),
}

async function breakRedis(stage: Stage, redis: TestRedis): Promise<void> {
  const { bench, sides } = stage
  const isHanging = bench.values.kind === 'hang'
  bench.progress.phase(isHanging ? 'Redis hangs' : 'Redis is away')
  if (isHanging) redis.pause()
  else await redis.kill()
  const told = Promise.all(sides.map((side) => untilStale(stage, side)))
  told.catch(() => {}) // it is waited for below
  const isOver = await stage.wait(numberOf(bench, 'outageS'))
  if (isHanging) redis.resume()
  else await redis.restart()
  if (!isOver) throw new Interrupted()
  bench.progress.phase('Redis is back')
  await Promise.all(sides.map((side) => untilLive(stage, side)))
  await told
}

/** Whoever has no such state tells its clients nothing. */
async function untilStale({ bench }: Stage, { side, server }: SideOnStage): Promise<void> {
  const { admin } = server
  if (admin === null) return
  const isStale = async () => (await feedAt(admin)) !== 'live'
  const timeoutMs = numberOf(bench, 'outageS') * 1_000
  const afterMs = await until(isStale, { everyMs: CHECK_MS, timeoutMs, signal: bench.signal })
  if (afterMs === null) bench.findings.remarks.add(`${side.name} told nobody of the outage`)
  else bench.findings.of(side).set({ staleAfterMs: afterMs })
}

async function untilLive({ bench }: Stage, { side, server, present }: SideOnStage): Promise<void> {
  for (const { receivers } of present) await receivers.begin()
  const isLive = async () => {
    const reports = await Promise.all(present.map(({ receivers }) => receivers.report()))
    if (!reports.every(({ updates }) => updates > 0)) return false
    return server.admin === null || (await feedAt(server.admin)) === 'live'
  }
  const patience = { everyMs: CHECK_MS, timeoutMs: TIMEOUT_MS, signal: bench.signal }
  const afterMs = await until(isLive, patience)
  if (afterMs !== null) bench.findings.of(side).set({ liveAfterMs: afterMs })
  else if (bench.signal.aborted) throw new Interrupted()
  else bench.findings.broken.add(`${side.name} was not live again within ${TIMEOUT_MS / 1_000} s`)
}
