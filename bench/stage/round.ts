/**
 * Round: all sides over the same time: what each had counted at the beginning, and what came of it.
 */
import type { GroupCount, Reading, SideRound } from './figures.ts'
import type { Stage } from './stage.ts'

/** A round that goes on. */
export interface Begun {
  readonly beganMs: number
  /** By side. */
  readonly before: readonly Reading[]
}

export interface Ended {
  /** By side. */
  readonly sides: readonly SideRound[]
  readonly latenessMsP99: number
}

export async function beginRound({ sides, publisher }: Stage): Promise<Begun> {
  const accounts = await Promise.all(sides.map((side) => side.account()))
  const [, ...usages] = await Promise.all([publisher.sample(), ...sides.map((it) => it.begin())])
  const before = accounts.map((account, i) => ({ usage: usages[i]!, ...account }))
  return { beganMs: performance.now(), before }
}

export async function endRound(stage: Stage, { beganMs, before }: Begun): Promise<Ended> {
  const { sides, publisher, topics, bench } = stage
  const seconds = (performance.now() - beganMs) / 1_000
  const [sample, usages, counts] = await Promise.all([
    publisher.sample(),
    Promise.all(sides.map(({ server }) => server.usage())),
    Promise.all(sides.map((side) => side.count())),
  ])
  const accounts = await Promise.all(sides.map((side) => side.account()))
  const published = bench.plan.load.recording === undefined ? sample.published : null
  const rounds = sides.map(({ isGrouped }, i) => ({
    seconds,
    before: before[i]!,
    after: { usage: usages[i]!, ...accounts[i]! },
    groups: counts[i] as readonly GroupCount[],
    isGrouped,
    published,
    topics: topics.length,
  }))
  return { sides: rounds, latenessMsP99: sample.latenessMsP99 }
}
