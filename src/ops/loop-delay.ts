/**
 * Loop delay: how late the event loop comes to a timer that should come at even times, and so to everything else. Pure.
 * Node's own monitor needs a timer of its own, and to wake up 100 times a second costs an idle process most of its CPU.
 */
import { Histogram } from '../fanout/histogram.ts'

const BOUNDS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000]

export class LoopDelay {
  readonly delayMs = new Histogram(BOUNDS_MS)
  private readonly everyMs: number
  /** Not a number before the first time, which is late by nothing that could be told. */
  private seenAtMs = Number.NaN

  constructor(everyMs: number) {
    this.everyMs = everyMs
  }

  /** The timer has come. `nowMs` is of a clock that never steps. */
  observe(nowMs: number): void {
    this.delayMs.add(Math.max(0, nowMs - this.seenAtMs - this.everyMs))
    this.seenAtMs = nowMs
  }
}
