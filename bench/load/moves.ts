/**
 * Moves: how the clients of a group get from a server that ends to the next one, and what that does to their values.
 * Some open the next connection while the last one goes on, and leave that once the next one has everything that it
 * had: nobody should see anything of it.
 */
import { monotonicMs } from './clock.ts'
import type { Receiver } from './receiver.ts'
import type { MoveFigures } from './receivers.ts'
import type { Shares } from './shares.ts'

/** The next connection has joined, the last one goes on: until the next one is as far. */
export interface Handover {
  readonly last: Receiver
  readonly next: Receiver
}

export class Moves {
  private readonly shares: Shares
  private handovers: Handover[] = []
  private readonly beganMs: number[] = []
  private toldFromMs = Number.POSITIVE_INFINITY
  private toldToMs = Number.NEGATIVE_INFINITY
  private kept = 0
  private goneBack = 0
  private missed = 0
  /** By client: when it read values last, and the longest that it was without. NaN and 0 before. */
  private readonly heardMs: Float64Array
  private readonly gapMs: Float64Array

  constructor(shares: Shares, clients: number) {
    this.shares = shares
    this.heardMs = new Float64Array(clients).fill(Number.NaN)
    this.gapMs = new Float64Array(clients)
  }

  /** The client has read values. @hot */
  heard(client: number): void {
    const nowMs = performance.now()
    const gapMs = nowMs - this.heardMs[client]!
    if (gapMs > this.gapMs[client]!) this.gapMs[client] = gapMs
    this.heardMs[client] = nowMs
  }

  /** Notes when it was told to come back; returns when it will. */
  told([fromMs, toMs]: readonly [number, number]): number {
    const nowMs = monotonicMs()
    this.toldFromMs = Math.min(this.toldFromMs, nowMs + fromMs)
    this.toldToMs = Math.max(this.toldToMs, nowMs + toMs)
    return nowMs + fromMs + Math.random() * (toMs - fromMs)
  }

  /** The next connection has joined. */
  joined(last: Receiver, next: Receiver): void {
    this.beganMs.push(next.beganMs)
    if (last.state === 'joined') this.handovers.push({ last, next })
    else this.settle(next)
  }

  /** Returns those that need the last connection no more, or have lost it; call it every few ms. */
  takeSettled(): Handover[] {
    const settled: Handover[] = []
    this.handovers = this.handovers.filter((handover) => {
      const { last, next } = handover
      if (next.state !== 'joined') return false // there will be another
      const isKept = last.state === 'joined'
      if (isKept && this.shares.behind(next.row) > 0) return true
      if (isKept) this.kept++
      this.settle(next)
      settled.push(handover)
      return false
    })
    return settled
  }

  report(): MoveFigures {
    const { beganMs, toldFromMs, toldToMs, kept, goneBack, missed } = this
    return { beganMs, toldFromMs, toldToMs, kept, goneBack, missed, gapsMs: [...this.gapMs] }
  }

  /** From now on the next connection is all that the client has. */
  private settle({ row }: Receiver): void {
    this.goneBack += this.shares.behind(row)
    this.missed += this.shares.skipped(row)
  }
}
