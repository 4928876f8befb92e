/**
 * Records: the last value of each topic: what one connection told, and what is left of the one before.
 * Holds: changes only ever apply to a record of the same connection. What is left of the one before is `stale` until
 * this one has said something of the topic, and goes once the server is known not to have it.
 */
import type { Delta, Full } from '../protocol/messages.ts'
import type { Accepted } from './outcomes.ts'

/** A whole record. A new object for each update: what was handed out never changes. */
export type Fields = Full['data']
export type Changes = Delta['data']

/** What a data message did. */
export interface Step {
  readonly record: Fields
  /** What changed in what was shown; null where the whole record is news. */
  readonly changed: Changes | null
  /** Values between the last one and this one that were never sent; 0 for the first of a connection. */
  readonly superseded: number
}

/** `gap`: it does not fit. `behind`: what is shown is newer. */
export type Taken = Step | 'gap' | 'behind'

export interface Entry {
  record: Fields
  seq: number
  receivedAt: number
}

interface Channel {
  /** How many of its topics have a record of this connection. */
  current: number
  /** How many the server has at least; null where nobody has asked. */
  expected: number | null
}

export class Records {
  private readonly entries = new Map<string, Entry>()
  /** Of the connection before, and this one has not spoken of them. */
  private readonly stale = new Map<string, Entry>()
  /** Of the connection before, and newer by their own time than what this one has. */
  private readonly ahead = new Map<string, Entry>()
  private aheadUntilMs = Number.NEGATIVE_INFINITY
  private readonly channels = new Map<string, Channel>()

  /** How many records are of the connection before, and nothing tells that they are the last. */
  get staleCount(): number {
    return this.stale.size
  }

  /** What is to be shown. */
  get(topic: string): Readonly<Entry> | undefined {
    return this.ahead.get(topic) ?? this.entries.get(topic) ?? this.stale.get(topic)
  }

  *topics(): Iterable<string> {
    yield* this.entries.keys()
    yield* this.stale.keys()
  }

  /**
   * Takes the place of the records before. Until a time, what is newer by its own `ts` stays: two servers take in
   * the same updates, one a little after the other. Returns the topics whose own record is to be shown from now on.
   */
  inherit(before: Records, isWanted: (topic: string) => boolean, aheadUntilMs: number): string[] {
    this.aheadUntilMs = aheadUntilMs
    for (const topic of before.topics()) {
      const shown = before.get(topic)!
      const own = this.entries.get(topic)
      if (!isWanted(topic)) continue
      if (own === undefined) this.stale.set(topic, shown)
      else if (isOlder(own.record, shown.record)) this.ahead.set(topic, shown)
    }
    return [...this.entries.keys()].filter((topic) => !this.ahead.has(topic))
  }

  /** At the end of a frame: gives up what was ahead for too long; returns these topics. */
  release(nowMs: number): string[] {
    if (this.ahead.size === 0 || nowMs < this.aheadUntilMs) return []
    const topics = [...this.ahead.keys()]
    this.ahead.clear()
    return topics
  }

  /** A whole record. One that is older than what this connection said is a gap, and would be a bug of the server's. */
  full({ topic, seq, data }: Full, nowMs: number): Taken {
    const known = this.entries.get(topic)
    if (known !== undefined) {
      return seq < known.seq ? 'gap' : this.advance(topic, known, seq, data, null, nowMs)
    }
    this.entries.set(topic, { record: data, seq, receivedAt: nowMs })
    this.channel(channelOf(topic)).current++
    const shown = this.stale.get(topic)
    this.stale.delete(topic)
    if (shown === undefined || !isOlder(data, shown.record)) {
      return { record: data, changed: null, superseded: 0 }
    }
    this.ahead.set(topic, shown)
    return 'behind'
  }

  /** What changed in a record of this connection. A gap where there is none, or a newer one. */
  delta({ topic, seq, data }: Delta, nowMs: number): Taken {
    const known = this.entries.get(topic)
    if (known === undefined || seq <= known.seq) return 'gap'
    return this.advance(topic, known, seq, merged(known.record, data), data, nowMs)
  }

  /** What the server sends of these from now on is of another market: versions begin anew. */
  restart(isOne: (topic: string) => boolean): void {
    for (const topic of [...this.entries.keys()].filter(isOne)) {
      const shown = this.get(topic)!
      this.forget(topic)
      this.stale.set(topic, shown)
    }
  }

  /** Whether everything that the server holds of these has come. */
  hasAll(accepted: readonly Accepted[]): boolean {
    return accepted.every(({ name, count }) => {
      if (name.endsWith(':*')) return this.channel(channelOf(name)).current >= count
      return count === 0 || this.entries.has(name)
    })
  }

  /** The server has so many topics of a channel. */
  expect(channel: string, count: number): void {
    this.channel(channel).expected = count
  }

  /** Drops the stale records of a channel that are known to be gone, since all that it has is here. */
  review(channel: string): string[] {
    if (this.stale.size === 0) return []
    const { current, expected } = this.channel(channel)
    if (expected === null || current < expected) return []
    return this.dropStale((topic) => channelOf(topic) === channel)
  }

  /** Drops the stale records of these topics; returns which there were. */
  dropStale(isOne: (topic: string) => boolean): string[] {
    const dropped = [...this.stale.keys()].filter(isOne)
    for (const topic of dropped) this.stale.delete(topic)
    return dropped
  }

  forget(topic: string): void {
    this.stale.delete(topic)
    this.ahead.delete(topic)
    if (this.entries.delete(topic)) this.channel(channelOf(topic)).current--
  }

  private advance(
    topic: string,
    known: Entry,
    seq: number,
    record: Fields,
    changed: Changes | null,
    nowMs: number,
  ): Taken {
    const superseded = Math.max(0, seq - known.seq - 1)
    known.seq = seq
    known.record = record
    known.receivedAt = nowMs
    const shown = this.ahead.get(topic)
    if (shown === undefined) return { record, changed, superseded }
    if (isOlder(record, shown.record)) return 'behind'
    this.ahead.delete(topic)
    return { record, changed: null, superseded }
  }

  private channel(name: string): Channel {
    const channel = this.channels.get(name) ?? { current: 0, expected: null }
    this.channels.set(name, channel)
    return channel
  }
}

/** `ticker` of `ticker:BTC-USD`. */
export function channelOf(topic: string): string {
  return topic.slice(0, topic.indexOf(':'))
}

/** A record with changes applied: `null` removes. */
export function merged(record: Fields, changes: Changes): Fields {
  const next: Record<string, Changes[string]> = { ...record, ...changes }
  for (const name in changes) if (changes[name] === null) delete next[name]
  return next as Fields
}

/** Whether a record is older than another one by the time that both bear. */
function isOlder({ ts }: Fields, { ts: other }: Fields): boolean {
  return typeof ts === 'number' && typeof other === 'number' && ts < other
}
