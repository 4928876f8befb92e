/**
 * Idle: what a connection costs that has nothing to do: memory, and CPU. One server after the other, so that each has
 * the machine to itself; with hardly any updates. Memory is read after a garbage collection, before all connections and
 * after: what the collector has left lying about is no cost of a connection.
 */
import type { Side } from '../scenario/scenario.ts'
import { Interrupted, numberOf, type Procedure } from '../stage/bench.ts'
import { collectGarbage } from '../stage/collect-garbage.ts'
import { finish } from '../stage/finish.ts'
import { measure } from '../stage/measure.ts'
import { clientsOf, type SideOnStage } from '../stage/side.ts'
import { onStage, type Stage } from '../stage/stage.ts'

/** What joining has set going is over by then. */
const SETTLE_S = 1
const COLLECTIONS = 3

export const idle: Procedure = {
  owns: 'server',

  async run(bench) {
    for (const side of bench.plan.sides) {
      await onStage(bench, { sides: [side], isInspected: true }, (stage) => measureSide(stage))
    }
  },
}

async function measureSide(stage: Stage): Promise<void> {
  const [side] = stage.sides
  await stage.publish()
  const before = await rssBytes(stage, side!)
  const beganMs = performance.now()
  await stage.join(() => true)
  const seconds = (performance.now() - beganMs) / 1_000
  const after = await rssBytes(stage, side!)
  // What joining made late is in no figure.
  await stage.publisher.begin()
  const connections = clientsOf(side!.groups)
  stage.bench.findings.of(side!.side).set({
    rssBytesPerConnection: (after - before) / connections,
    connectionsPerS: connections / seconds,
  })
  await measureCpu(stage, side!.side, connections)
  await finish(stage)
}

async function measureCpu(stage: Stage, side: Side, connections: number): Promise<void> {
  const { bench } = stage
  const findings = bench.findings.of(side)
  const rounds = numberOf(bench, 'rounds')
  for (let round = 1; round <= rounds; round++) {
    bench.progress.phase(`${side.name}: round ${round} of ${rounds}`)
    if (!(await measure(stage, numberOf(bench, 'roundS')))) return
    const { cpuPercent = Number.NaN } = findings.last
    findings.addRound({ cpuUsPerConnectionPerS: (cpuPercent * 10_000) / connections })
  }
}

/** Once more for what a first collection has only made ready to be given back. */
async function rssBytes(stage: Stage, { server }: SideOnStage): Promise<number> {
  for (let i = 0; i < COLLECTIONS; i++) {
    if (!(await stage.wait(SETTLE_S))) throw new Interrupted()
    await collectGarbage(server.program!)
  }
  return (await server.usage())?.rssBytes ?? Number.NaN
}
