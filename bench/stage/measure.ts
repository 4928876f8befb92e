/**
 * Measure: one round, and what it adds to the findings.
 */
import { figuresOf, type SideRound } from './figures.ts'
import type { Figures } from './findings.ts'
import { type Begun, beginRound, endRound } from './round.ts'
import type { SideOnStage } from './side.ts'
import type { Stage } from './stage.ts'
import { noteRound } from './verdict.ts'

/** Less than this of an interrupted round says nothing. */
const SECONDS_MIN = 1

/** A whole round; false when it was interrupted. What it is called goes before its figures, such as `calm.`. */
export async function measure(stage: Stage, seconds: number, prefix = ''): Promise<boolean> {
  const begun = await beginRound(stage)
  const isWhole = await stage.wait(seconds)
  const isEnough = performance.now() - begun.beganMs > SECONDS_MIN * 1_000
  if (isWhole || isEnough) await addRound(stage, begun, prefix)
  return isWhole
}

/** Ends a round, and adds its figures. */
export async function addRound(stage: Stage, begun: Begun, prefix = ''): Promise<void> {
  const { sides } = await endRound(stage, begun)
  let corePercent = 0
  stage.sides.forEach((side, i) => {
    const figures = figuresOf(sides[i]!)
    corePercent += figures.cpuPercent ?? 0
    stage.bench.findings.of(side.side).addRound(prefixed(prefix, figures))
    addAges(stage, side, sides[i]!, prefix)
    noteRound(stage.bench, side, sides[i]!.groups)
  })
  stage.bench.findings.coreCpuPercents.push(corePercent)
}

function addAges({ bench }: Stage, { side }: SideOnStage, round: SideRound, prefix: string): void {
  for (const { group, figures } of round.groups) {
    const of = round.isGrouped ? `age of ${group.name}` : 'age'
    const name = prefix === '' ? of : `${of}, ${prefix.slice(0, -1)}`
    bench.findings.of(side).addHistogram(name, figures.ages)
  }
}

function prefixed(prefix: string, figures: Figures): Figures {
  if (prefix === '') return figures
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [`${prefix}${name}`, value]),
  )
}
