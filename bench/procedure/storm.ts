/**
 * Storm: many clients join at once, while others are there and read: how long until all have their values, and what it
 * does to those who were there.
 */
import type { Group } from '../scenario/scenario.ts'
import type { Procedure } from '../stage/bench.ts'
import { finish } from '../stage/finish.ts'
import { addRound } from '../stage/measure.ts'
import { heldAt } from '../stage/metrics.ts'
import { beginRound } from '../stage/round.ts'
import { clientsOf, type SideOnStage } from '../stage/side.ts'
import { onStage, type Stage } from '../stage/stage.ts'
import { measureRounds } from './common.ts'

const HELD_CHECK_MS = 500
/** Shorter waits for credit are the ordinary work of a lane. */
const HELD_MS = 100

const isLate = (group: Group) => group.isLate === true

export const storm: Procedure = {
  owns: null,

  run: (bench) =>
    onStage(bench, { sides: bench.plan.sides }, async (stage) => {
      if (bench.plan.sides.some(({ server }) => server !== 'tickwire')) {
        bench.findings.remarks.add(
          'controls send no values on joining: their clients have joined when they are subscribed, and know nothing yet',
        )
      }
      await stage.join()
      await stage.publish()
      if (!(await measureRounds(stage, 1, 'calm.'))) return
      await joinAll(stage)
      await finish(stage)
    }),
}

async function joinAll(stage: Stage): Promise<void> {
  stage.bench.progress.phase('the others join, as fast as they can')
  const round = await beginRound(stage)
  const watches = stage.sides.map((side) => watchHeld(side))
  try {
    await stage.untilInterrupted(Promise.all(stage.sides.map((side) => joinLate(stage, side))))
  } finally {
    for (const [i, { side }] of stage.sides.entries())
      stage.bench.findings.of(side).set(watches[i]!())
  }
  await addRound(stage, round)
}

async function joinLate(stage: Stage, side: SideOnStage): Promise<void> {
  const beganMs = performance.now()
  await side.join(stage.topics, isLate)
  const joinedAfterMs = performance.now() - beganMs
  const connectionsPerS =
    clientsOf(side.groups.filter(({ group }) => isLate(group))) / (joinedAfterMs / 1_000)
  stage.bench.findings.of(side.side).set({ joinedAfterMs, connectionsPerS })
}

/** The most lanes of clients that were there before and had to wait at a time; ends with the call that tells it. */
function watchHeld({ server, groups }: SideOnStage): () => Record<string, number> {
  const before = groups.find(({ group }) => !isLate(group))
  const { admin } = server
  // Lanes are told apart by how many topics their clients have.
  const subscriptions = before?.group.topicsEach ?? 0
  const isMixed = groups.some(({ group }) => isLate(group) && group.topicsEach === subscriptions)
  if (admin === null || isMixed) return () => ({})
  let heldBefore = 0
  const timer = setInterval(async () => {
    const held = await heldAt(admin, subscriptions, HELD_MS).catch(() => 0)
    heldBefore = Math.max(heldBefore, held)
  }, HELD_CHECK_MS)
  return () => {
    clearInterval(timer)
    return { heldBefore }
  }
}
