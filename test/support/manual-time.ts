/**
 * A clock and timers that a test moves by hand.
 */
export class ManualTime {
  nowMs: number
  private readonly timers = new Set<{ readonly atMs: number; readonly run: () => void }>()

  constructor(nowMs = 1_700_000_000_000) {
    this.nowMs = nowMs
  }

  readonly now = (): number => this.nowMs

  readonly setTimer = (run: () => void, delayMs: number): (() => void) => {
    const timer = { atMs: this.nowMs + delayMs, run }
    this.timers.add(timer)
    return () => void this.timers.delete(timer)
  }

  get timerCount(): number {
    return this.timers.size
  }

  /** Moves the clock alone, as it does for a loop that stands still: timers run late. */
  stand(ms: number): void {
    this.nowMs += ms
  }

  /** Moves the clock, and runs what is due on the way, in order. */
  pass(ms: number): void {
    const endMs = this.nowMs + ms
    for (;;) {
      const due = [...this.timers].filter(({ atMs }) => atMs <= endMs)
      if (due.length === 0) break
      const next = due.reduce((first, one) => (one.atMs < first.atMs ? one : first))
      this.timers.delete(next)
      this.nowMs = Math.max(this.nowMs, next.atMs)
      next.run()
    }
    this.nowMs = endMs
  }
}

/** Lets what was queued as microtasks run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await Promise.resolve()
}
