/**
 * Drain: a server is told to stop (SIGTERM) while prices flow, and another one on its port takes over: whether anybody
 * sees anything of it, and whether clients come evenly.
 */
import { freePort } from '../../test/support/redis.ts'
import type { Side } from '../scenario/scenario.ts'
import { type Bench, Interrupted, numberOf, type Procedure } from '../stage/bench.ts'
import { prefixOf } from '../stage/figures.ts'
import { finish } from '../stage/finish.ts'
import { topicsAt } from '../stage/metrics.ts'
import type { Program } from '../stage/program.ts'
import { clientsOf, type SideOnStage } from '../stage/side.ts'
import { onStage, type Stage } from '../stage/stage.ts'
import { until } from '../stage/until.ts'
import { measureRounds } from './common.ts'
import { moveFigures, partsOf } from './drain-figures.ts'

const CHECK_MS = 20
/** Beyond the drain itself. */
const TIMEOUT_MS = 60_000

export const drain: Procedure = {
  owns: 'server',

  run: async (bench) => {
    const sides = await Promise.all(bench.plan.sides.map(onSharedPort))
    await onStage(bench, { sides }, async (stage, defer) => {
      await stage.join()
      await stage.publish()
      if (!(await measureRounds(stage, 1, 'calm.'))) return
      bench.progress.phase('another server starts')
      const next = await Promise.all(stage.sides.map((side) => stage.serveAgain(side, defer)))
      await stage.unlessInterrupted(Promise.all(next.map(({ admin }) => untilFull(stage, admin))))
      bench.progress.phase('the first one stops')
      await Promise.all(
        stage.sides.map(async (side, i) => {
          const { program } = side.server
          side.server = next[i]!
          const { url } = side.server
          await Promise.all(side.present.map(({ receivers }) => receivers.redirect(url)))
          for (const { receivers } of side.present) await receivers.begin()
          program!.signal('SIGTERM')
          await untilBack(stage, side, program!)
          await addMoves(bench, side)
        }),
      )
      await measureRounds(stage, numberOf(bench, 'rounds'))
      await finish(stage)
    })
  },
}

/** Both of its servers listen on one port, as a process does that replaces another. */
async function onSharedPort(side: Side): Promise<Side> {
  if (side.server !== 'tickwire') return side
  const port = { TICKWIRE_PORT: `${await freePort()}`, TICKWIRE_SHARE_PORT: 'true' }
  return { ...side, settings: { ...side.settings, ...port } }
}

/** A server that has not a value of every topic yet would take over too early; publishers that store them see to that. */
async function untilFull({ bench, topics }: Stage, admin: string | null): Promise<void> {
  if (admin === null) return
  const isFull = async () => (await topicsAt(admin)) >= topics.length
  const patience = { everyMs: CHECK_MS, timeoutMs: TIMEOUT_MS, signal: bench.signal }
  if ((await until(isFull, patience)) === null)
    throw new Error('the next server has not all topics')
}

/** Every client has come back and reads, and the process has ended. */
async function untilBack({ bench }: Stage, side: SideOnStage, program: Program): Promise<void> {
  const clients = clientsOf(side.present)
  const beganMs = performance.now()
  let endedMs = Number.NaN
  let backMs = Number.NaN
  const isOver = async () => {
    const counts = await Promise.all(side.present.map(({ receivers }) => receivers.reconnects()))
    const back = counts.reduce((all, one) => all + one, 0)
    const nowMs = performance.now() - beganMs
    if (Number.isNaN(backMs) && back >= clients) backMs = nowMs
    if (Number.isNaN(endedMs) && program.hasEnded) endedMs = nowMs
    return !Number.isNaN(backMs) && !Number.isNaN(endedMs)
  }
  const timeoutMs = numberOf(bench, 'drainMs') + TIMEOUT_MS
  await until(isOver, { everyMs: CHECK_MS, timeoutMs, signal: bench.signal })
  bench.findings.of(side.side).set({ backAfterMs: backMs, stoppedAfterMs: endedMs })
  if (bench.signal.aborted) throw new Interrupted()
  const { broken } = bench.findings
  const { name } = side.side
  if (Number.isNaN(backMs)) broken.add(`${name}: not all clients came back`)
  if (!program.hasEnded) broken.add(`${name}: it did not end`)
  else if (side.side.server === 'tickwire' && program.exitCode !== 0) {
    broken.add(`${name} ended with ${program.exitCode}`)
  }
}

async function addMoves({ findings }: Bench, { side, present, isGrouped }: SideOnStage) {
  for (const { group, receivers } of present) {
    const moves = await receivers.moves()
    const prefix = prefixOf(group, isGrouped)
    const figures = Object.entries(moveFigures(moves, group))
    findings.of(side).set(Object.fromEntries(figures.map(([name, it]) => [prefix + name, it])))
    if (moves.goneBack > 0) findings.broken.add(`${side.name}: ${group.name} went back in time`)
    if (group.followsGoaway !== true) continue
    findings.remarks.add(
      `${side.name}: reconnects by tenth of the window: ${partsOf(moves).join(' ')}`,
    )
  }
}
