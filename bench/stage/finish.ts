/**
 * Finish: publishing ends, and every client must be exact soon.
 */

import type { Published } from '../load/publisher.ts'
import { type Bench, numberOf } from './bench.ts'
import { type GroupCount, prefixOf, quantileFigures } from './figures.ts'
import { clientsOf, type GroupOnStage, type SideOnStage } from './side.ts'
import type { Stage } from './stage.ts'
import { until } from './until.ts'
import { isExcused, noteTotals } from './verdict.ts'

const CHECK_MS = 100

/** Gives all clients the time that the scenario says to be exact, and looks at what there must be none of. */
export async function finish(stage: Stage): Promise<Published> {
  const { bench, publisher, sides } = stage
  await stage.stopSampling()
  bench.progress.phase('until all clients are exact')
  const published = await publisher.finish()
  bench.findings.addLateness(published.latenessMsP99)
  await Promise.all(sides.map((side) => untilExact(bench, side, published.counts)))
  for (const side of sides) {
    const counts = await side.count()
    noteTotals(bench, side, counts)
    addJoins(bench, side, counts)
  }
  return published
}

async function untilExact(bench: Bench, side: SideOnStage, published: readonly number[]) {
  const groups = side.present.filter(({ group }) => group.bytesPerS !== 0)
  const exact = groups.map(() => 0)
  const check = async () => {
    const counts = await Promise.all(groups.map(({ receivers }) => receivers.exact(published)))
    for (const [i, count] of counts.entries()) exact[i] = count
    return groups.every(({ group }, i) => exact[i] === group.clients)
  }
  const timeoutMs = numberOf(bench, 'exactS') * 1_000
  // An interrupted run looks at this as well; a second Ctrl-C ends everything.
  const { signal } = new AbortController()
  const afterMs = await until(check, { everyMs: CHECK_MS, timeoutMs, signal })
  const clients = clientsOf(groups)
  const figures: Record<string, number> = {
    exactPart: exact.reduce((all, one) => all + one, 0) / clients,
    exactAfterMs: afterMs ?? Number.NaN,
  }
  for (const [i, { group }] of groups.entries()) {
    figures[`${prefixOf(group, side.isGrouped)}exactPart`] = exact[i]! / group.clients
    noteInexact(bench, side, groups[i]!, exact[i]!)
  }
  bench.findings.of(side.side).addRound(figures)
}

function noteInexact(bench: Bench, { side }: SideOnStage, { group }: GroupOnStage, exact: number) {
  if (exact === group.clients || isExcused(side, group)) return
  bench.findings.broken.add(
    `${side.name}: ${exact} of ${group.clients} ${group.name} held the last values ` +
      `${numberOf(bench, 'exactS')} s after publishing had ended`,
  )
}

/** Of those who joined while prices flowed. */
function addJoins({ findings }: Bench, { side }: SideOnStage, counts: readonly GroupCount[]): void {
  for (const { group, figures } of counts) {
    if (group.isLate !== true && group.churnPerS === undefined) continue
    findings.of(side).set(quantileFigures('joinMs', figures.joins))
    findings.of(side).addHistogram('time to join', figures.joins)
  }
}
