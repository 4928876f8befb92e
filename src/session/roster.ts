/**
 * Roster: how many connections each subject has. Bounded by the connections there are.
 */
export class Roster {
  private readonly limit: number
  private readonly counts = new Map<string, number>()

  /** `limit` is a subject's; 0: none. */
  constructor(limit: number) {
    this.limit = limit
  }

  /** Takes in a connection; false where its subject has as many as it may. */
  enter(subject: string): boolean {
    if (this.limit === 0) return true
    const count = this.counts.get(subject) ?? 0
    if (count >= this.limit) return false
    this.counts.set(subject, count + 1)
    return true
  }

  /** A connection that was taken in is gone. */
  leave(subject: string): void {
    if (this.limit === 0) return
    const count = this.counts.get(subject)!
    if (count > 1) this.counts.set(subject, count - 1)
    else this.counts.delete(subject)
  }

  /** Subjects that have a connection, where there is a limit. */
  get size(): number {
    return this.counts.size
  }
}
