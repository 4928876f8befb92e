/**
 * State: what a correct client holds after the messages it was sent, by rules of its own: `full` replaces a record,
 * `delta` changes the one before it, `null` removes. Notes what a correct server never does.
 */
export type AnyMessage = { type: string } & Record<string, unknown>
export type AnyFields = Record<string, unknown>

export class State {
  readonly records = new Map<string, AnyFields>()
  readonly versions = new Map<string, number>()
  /** The version that each topic began with. */
  readonly firsts = new Map<string, number>()
  readonly violations: string[] = []
  /** How many messages of each type. */
  readonly counts: Record<string, number> = {}

  /** Takes a message in; returns whether it was data. */
  take(message: AnyMessage): boolean {
    this.counts[message.type] = (this.counts[message.type] ?? 0) + 1
    if (message.type !== 'full' && message.type !== 'delta') return false
    const topic = message.topic as string
    const seq = message.seq as number
    const known = this.versions.get(topic)
    if (known !== undefined && seq <= known) this.violations.push(`${topic}: ${seq} after ${known}`)
    this.versions.set(topic, seq)
    if (known === undefined) this.firsts.set(topic, seq)
    const data = message.data as AnyFields
    if (message.type === 'full') this.records.set(topic, data)
    else this.change(topic, data)
    return true
  }

  /** Forgets a topic, as a client does that unsubscribes from it. */
  forget(topic: string): void {
    this.records.delete(topic)
    this.versions.delete(topic)
  }

  private change(topic: string, changes: AnyFields): void {
    const record = this.records.get(topic)
    if (record === undefined) {
      this.violations.push(`${topic}: a delta with nothing before it`)
      return
    }
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) delete record[name]
      else record[name] = value
    }
  }
}
