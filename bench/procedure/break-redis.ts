/**
 * Break Redis: it is killed, or hangs, and comes back: when clients are told, and when they read new values again.
 */
import { Interrupted, numberOf } from '../stage/bench.ts'
import { feedAt } from '../stage/metrics.ts'
import type { SideOnStage } from '../stage/side.ts'
import type { Stage } from '../stage/stage.ts'
import { until } from '../stage/until.ts'

const CHECK_MS = 20
const TIMEOUT_MS = 60_000

/**
 * Returns once clients read new values again; throws Interrupted. What was published while Redis was back and a server
 * not yet is nowhere to be had: who wants clients to be exact must have every topic published once more.
 */
export async function breakRedis(stage: Stage): Promise<void> {
  const { bench, sides } = stage
  const redis = stage.redis! // the procedures that break it own it
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
  // Updates that were due meanwhile count as late to nobody.
  await stage.publisher.begin()
}

/** Whoever has no such state tells its clients nothing. */
async function untilStale({ bench }: Stage, { side, server }: SideOnStage): Promise<void> {
  const { admin } = server
  if (admin === null) return
  const isStale = async () => (await feedAt(admin)) !== 'live'
  const timeoutMs = numberOf(bench, 'outageS') * 1_000
  const afterMs = await until(isStale, { everyMs: CHECK_MS, timeoutMs, signal: bench.signal })
  if (afterMs === null) bench.findings.remarks.add(`${side.name} told nobody of the outage`)
  else bench.findings.of(side).addRound({ staleAfterMs: afterMs })
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
  if (afterMs !== null) bench.findings.of(side).addRound({ liveAfterMs: afterMs })
  else if (bench.signal.aborted) throw new Interrupted()
  else bench.findings.broken.add(`${side.name} was not live again within ${TIMEOUT_MS / 1_000} s`)
}
