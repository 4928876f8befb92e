/**
 * What the transport counts: plain numbers, which ops/metrics.ts copies when it is asked.
 */
export class TransportCounters {
  connections = 0
  opened = 0
  /** By close code. */
  readonly closed: Record<string, number> = {}
  /** Handshakes, by the fault that refused them. */
  readonly refused: Record<string, number> = {}
  /** HTTP answers, by status. */
  readonly http: Record<string, number> = {}
}

/** Counts one under a name of a small fixed set. */
export function count(by: Record<string, number>, name: string | number): void {
  by[name] = (by[name] ?? 0) + 1
}
