/**
 * Deadlines: the sessions whose token ends, or that owe one. One sweep looks at them all, instead of a timer each.
 */
export interface Bound {
  /** `nowMs` is of a clock that only runs on; `wallMs`, in ms since the epoch, may step. */
  review(nowMs: number, wallMs: number): void
}

export class Deadlines {
  private readonly bound = new Set<Bound>()

  add(session: Bound): void {
    this.bound.add(session)
  }

  remove(session: Bound): void {
    this.bound.delete(session)
  }

  /** To be called about once a second. */
  sweep(nowMs: number, wallMs: number): void {
    for (const session of this.bound) session.review(nowMs, wallMs)
  }

  get size(): number {
    return this.bound.size
  }
}
