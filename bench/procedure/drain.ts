/**
 * Drain: a server is told to stop (SIGTERM) while prices flow, and another one takes over: how long clients are without.
 */
import { Interrupted, numberOf, type Procedure } from '../stage/bench.ts'
import { finish } from '../stage/finish.ts'
import { clientsOf, type SideOnStage } from '../stage/side.ts'
import { onStage, type Stage } from '../stage/stage.ts'
import { until } from '../stage/until.ts'
import { measureRounds } from './common.ts'

const CHECK_MS = 20
const TIMEOUT_MS = 120_000

export const drain: Procedure = {
  owns: 'server',

  run: (bench) =>
    onStage(bench, { sides: bench.plan.sides }, async (stage, defer) => {
      await stage.join()
      await stage.publish()
      if (!(await measureRounds(stage, 1, 'calm.'))) return
      bench.progress.phase('another server starts')
      const successors = await Promise.all(stage.sides.map((side) => stage.serveAgain(side, defer)))
      bench.progress.phase('the first one stops')
      await Promise.all(
        stage.sides.map(async (side, i) => {
          const before = side.server
          side.server = successors[i]!
          const { url } = side.server
          await Promise.all(side.present.map(({ receivers }) => receivers.redirect(url)))
          before.program!.signal('SIGTERM')
          await untilBack(stage, side)
        }),
      )
      await measureRounds(stage, numberOf(bench, 'rounds'))
      await finish(stage)
    }),
}

/** Every client is closed, comes back, and reads. */
async function untilBack({ bench }: Stage, side: SideOnStage): Promise<void> {
  const beganMs = performance.now()
  const clients = clientsOf(side.present)
  let firstMs = Number.NaN
  let lastMs = Number.NaN
  for (const { receivers } of side.present) await receivers.begin()
  const isBack = async () => {
    const counts = await side.count()
    const nowMs = performance.now() - beganMs
    const sum = (of: 'closed' | 'reconnects') =>
      counts.reduce((all, { figures }) => all + figures[of], 0)
    if (Number.isNaN(firstMs) && sum('closed') > 0) firstMs = nowMs
    if (Number.isNaN(lastMs) && sum('closed') >= clients) lastMs = nowMs
    return sum('reconnects') >= clients
  }
  const patience = { everyMs: CHECK_MS, timeoutMs: TIMEOUT_MS, signal: bench.signal }
  const backAfterMs = await until(isBack, patience)
  bench.findings.of(side.side).set({
    closedAfterMs: lastMs,
    closedSpreadMs: lastMs - firstMs,
    backAfterMs: backAfterMs ?? Number.NaN,
  })
  if (bench.signal.aborted) throw new Interrupted()
  if (backAfterMs !== null) return
  bench.findings.broken.add(`${side.side.name}: not all clients were back in ${TIMEOUT_MS / 1e3} s`)
}
