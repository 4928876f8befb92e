/**
 * What the transport counts: plain numbers, which ops/metrics.ts copies when it is asked.
 */

import type { FaultName } from '../protocol/faults.ts'

/** Faults that clients were told of. */
export type FaultCounts = Record<FaultName, number>

export class TransportCounters {
  connections = 0
  /** How many there may be, as the limit of open files allows. */
  connectionsMax = 0
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
  /** TCP connections of clients. */
  socketsAccepted = 0
  /** Of those that have become no WebSocket. */
  socketsClosed = 0
  /** Closed unheard, for want of file descriptors. */
  socketsCut = 0
  /** Those that have become a WebSocket, if only to be closed as one. */
  upgraded = 0
  /** By outcome. */
  readonly tlsReloads = { renewed: 0, unchanged: 0, failed: 0 }
  /** When the certificate expires; ms since the epoch, NaN without TLS. */
  tlsExpiresAtMs = Number.NaN

  constructor(faults: FaultCounts) {
    this.faults = faults
  }

  /** Open TCP connections of clients that are no WebSocket: handshakes under way, and HTTP. */
  get httpSockets(): number {
    return this.socketsAccepted - this.socketsClosed - this.upgraded
  }
}

/** Counts one under a name of a small fixed set. */
export function count(by: Record<string, number>, name: string | number): void {
  by[name] = (by[name] ?? 0) + 1
}
