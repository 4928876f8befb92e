/**
 * What the transport counts: plain numbers, which ops/metrics.ts copies when it is asked.
 */

import type { FaultName } from '../protocol/faults.ts'

/** Faults that clients were told of. */
export type FaultCounts = Record<FaultName, number>

export class TransportCounters {
  connections = 0
  opened = 0
  /** By close code. */
  readonly closed: Record<string, number> = {}
  /** Handshakes, by the fault that refused them. */
  readonly refused: Record<string, number> = {}
  /** HTTP answers, by status. */
  readonly http: Record<string, number> = {}
  /** Requests whose client's address a proxy should have told and did not, by why. */
  readonly unknownAddresses = { missing: 0, bad: 0 }
  /** The sessions' own: clients are told in messages, closes and HTTP answers alike. */
  readonly faults: FaultCounts

  constructor(faults: FaultCounts) {
    this.faults = faults
  }
}

/** Counts one under a name of a small fixed set. */
export function count(by: Record<string, number>, name: string | number): void {
  by[name] = (by[name] ?? 0) + 1
}
