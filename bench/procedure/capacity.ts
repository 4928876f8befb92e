/**
 * Capacity: the highest rate of updates at which a server keeps within the limits, found by bisection. One server after
 * the other: each has the core to itself.
 */
import { Interrupted, numberOf, type Procedure } from '../stage/bench.ts'
import { figuresOf } from '../stage/figures.ts'
import type { Figures } from '../stage/findings.ts'
import { finish } from '../stage/finish.ts'
import { beginRound, endRound } from '../stage/round.ts'
import type { SideOnStage } from '../stage/side.ts'
import { onStage, type Stage } from '../stage/stage.ts'
import { isGeneratorSlow, noteTotals } from '../stage/verdict.ts'

const SETTLE_S = 2
const DELIVERED_PART_MIN = 0.99

/** What came of one rate. */
interface Step {
  readonly updatesPerS: number
  readonly figures: Figures
  readonly isWithin: boolean
  /** Whatever the server did: the generator could not have done more. */
  readonly isGeneratorSlow: boolean
}

export const capacity: Procedure = {
  owns: null,

  async run(bench) {
    for (const side of bench.plan.sides) {
      await onStage(bench, { sides: [side] }, async (stage) => {
        await stage.join()
        await stage.publish()
        await bisect(stage)
        await finish(stage)
      })
    }
  },
}

async function bisect(stage: Stage): Promise<void> {
  const { bench } = stage
  const [from, to] = [numberOf(bench, 'fromPerS'), numberOf(bench, 'toPerS')]
  const steps = [await take(stage, from), await take(stage, to)]
  let [low, high] = steps[1]!.isWithin ? [to, to] : [from, to]
  for (let i = 0; i < numberOf(bench, 'steps') && low < high && steps[0]!.isWithin; i++) {
    const middle = Math.round(Math.sqrt(low * high))
    const step = await take(stage, middle)
    steps.push(step)
    if (step.isWithin) low = middle
    else high = middle
  }
  report(stage, steps)
  // What overload has left behind is not what the end is about.
  await settle(stage, from)
  await stage.publisher.begin()
}

async function take(stage: Stage, updatesPerS: number): Promise<Step> {
  const { bench } = stage
  const side = stage.sides[0]!
  bench.progress.phase(`${side.side.name} at ${updatesPerS} updates/s`)
  await settle(stage, updatesPerS)
  const begun = await beginRound(stage)
  if (!(await stage.wait(numberOf(bench, 'roundS')))) throw new Interrupted()
  const ended = await endRound(stage, begun)
  const round = ended.sides[0]!
  noteTotals(bench, side, round.groups)
  const figures = figuresOf(round)
  const isSlow = isGeneratorSlow(round.groups, ended.latenessMsP99)
  const isWithin = !isSlow && isWithinLimits(figures, numberOf(bench, 'p99MsMax'))
  if (!isWithin) await settle(stage, numberOf(bench, 'fromPerS'))
  return { updatesPerS, figures, isWithin, isGeneratorSlow: isSlow }
}

async function settle(stage: Stage, updatesPerS: number): Promise<void> {
  await stage.publisher.setRate(updatesPerS)
  if (!(await stage.wait(SETTLE_S))) throw new Interrupted()
}

function isWithinLimits({ ageMsP99, deliveredPart }: Figures, p99MsMax: number): boolean {
  return (ageMsP99 ?? Infinity) < p99MsMax && (deliveredPart ?? 0) > DELIVERED_PART_MIN
}

function report({ bench, sides }: Stage, steps: readonly Step[]): void {
  const { findings } = bench
  const { side } = sides[0] as SideOnStage
  const within = steps.filter(({ isWithin }) => isWithin)
  const best = within.sort((a, b) => b.updatesPerS - a.updatesPerS)[0]
  if (best !== undefined) {
    findings.of(side).set({ ...best.figures, updatesPerSMax: best.figures.updatesPerS! })
  }
  const told = steps.map((step) => `${step.updatesPerS}/s ${describe(step)}`).join(', ')
  findings.remarks.add(`${side.name}, updates published and age p99: ${told}`)
  if (steps.some((step) => step.isGeneratorSlow && step.updatesPerS > (best?.updatesPerS ?? 0))) {
    findings.remarks.add(`${side.name} may do more: above that, the generator was the bottleneck`)
  }
}

function describe({ figures, isWithin, isGeneratorSlow }: Step): string {
  const age = `${figures.ageMsP99?.toFixed(1) ?? '-'} ms`
  return isWithin ? age : `${age} (${isGeneratorSlow ? 'generator too slow' : 'too much'})`
}
