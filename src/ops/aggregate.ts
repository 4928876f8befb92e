/**
 * Aggregate: the metrics of several processes as those of one. Sums must not fall when one of them ends or is silent, or
 * every rate would show a leap: so the last counters of those are kept, and added.
 */
import { AggregatorRegistry, type Registry } from 'prom-client'
import type { Snapshot } from './exposition.ts'

export class Aggregate<Process extends object> {
  /** Sums over the processes that have ended. */
  private ended: Snapshot = []
  private readonly last = new Map<Process, Snapshot>()
  private readonly retired = new WeakSet<Process>()

  /** Notes what a process has just told; what comes behind its end is too late. */
  note(process: Process, snapshot: Snapshot): void {
    if (!this.retired.has(process)) this.last.set(process, snapshot)
  }

  /** It has ended: what it counted stays. */
  retire(process: Process): void {
    this.retired.add(process)
    const last = this.last.get(process)
    if (last === undefined) return
    this.last.delete(process)
    const sums = summed([this.ended, risingOf(last)]).getMetricsAsArray()
    // What aggregate() makes has its values with it already, which its types do not tell.
    this.ended = sums as unknown as Snapshot
  }

  /** The text of all: of those that have answered everything, of the others what they had counted. */
  text(answered: ReadonlySet<Process>, own: Snapshot): Promise<string> {
    const each = [...this.last].map(([process, last]) =>
      answered.has(process) ? last : risingOf(last),
    )
    return summed([own, this.ended, ...each]).metrics()
  }
}

function summed(snapshots: readonly Snapshot[]): Registry {
  return AggregatorRegistry.aggregate([...snapshots])
}

/** What only rises: the rest tells of now, which a process that has ended has no part in. */
function risingOf(snapshot: Snapshot): Snapshot {
  return snapshot.filter(({ type }) => String(type) === 'counter' || String(type) === 'histogram')
}
