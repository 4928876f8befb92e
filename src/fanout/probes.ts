/**
 * Probes: those of one lane that are on their way. @hot
 */

/** A probe on its way, and the lane's counters as they stood when it left. */
export interface Probe {
  /** The one that left after it. */
  next: Probe | null
  readonly number: number
  readonly atMs: number
  readonly pausedMs: number
  readonly sentBytes: number
  /** Of those, what was sent since the probe before: the piece that it travels behind. */
  readonly ownBytes: number
  readonly ackedBytes: number
  readonly ackedAtMs: number
}

/** In the order in which they left. Linked: most lanes have one or none, and an array would keep room for more. */
export class Probes {
  count = 0
  oldest: Probe | null = null
  private newest: Probe | null = null

  push(probe: Probe): void {
    if (this.newest === null) this.oldest = probe
    else this.newest.next = probe
    this.newest = probe
    this.count++
  }

  /** Takes the one with this number, and all before it; null, and nothing, where there is none. */
  take(number: number): Probe | null {
    let probe = this.oldest
    let count = 1
    for (; probe !== null && probe.number !== number; probe = probe.next) count++
    if (probe === null) return null
    this.count -= count
    this.oldest = probe.next
    if (this.oldest === null) this.newest = null
    return probe
  }
}
