/**
 * Records: the last value of each topic, as this connection and the one before it told it.
 * Holds: what a connection says of a topic replaces whatever earlier ones said; changes only ever apply to a record of
 * the same connection. What is left of earlier ones is `stale`, and goes once the server is known not to have it.
 */
import type { Delta, Full } from '../protocol/messages.ts'

/** A whole record. A new object for each update: what was handed out never changes. */
export type Fields = Full['data']
export type Changes = Delta['data']

/** What a data message did. */
export interface Step {
  readonly record: Fields
  /** Values between the last one and this one that were never sent; 0 for the first of a connection. */
  readonly superseded: number
}

export interface Entry {
  record: Fields
  seq: number
  receivedAt: number
  connection: number
}

interface Channel {
  /** How many of its topics have a record of this connection. */
  current: number
  /** How many the server has at least; null where nobody has asked. */
  expected: number | null
}

export class Records {
  /** How many records are of an earlier connection. */
  staleCount = 0
  private connection = 0
  private readonly entries = new Map<string, Entry>()
  private readonly channels = new Map<string, Channel>()

  get(topic: string): Readonly<Entry> | undefined {
    return this.entries.get(topic)
  }

  topics(): Iterable<string> {
    return this.entries.keys()
  }

  /** Another connection is open: all that is here is stale. */
  begin(): void {
    this.connection++
    this.staleCount = this.entries.size
    this.channels.clear()
  }

  /** A whole record. Null where it is older than what this connection said: that would be a bug of the server's. */
  full({ topic, seq, data }: Full, nowMs: number): Step | null {
    const known = this.entries.get(topic)
    if (known === undefined || known.connection !== this.connection) {
      if (known !== undefined) this.staleCount--
      const entry = { record: data, seq, receivedAt: nowMs, connection: this.connection }
      this.entries.set(topic, entry)
      this.channel(channelOf(topic)).current++
      return { record: data, superseded: 0 }
    }
    if (seq < known.seq) return null
    return this.advance(known, seq, data, nowMs)
  }

  /** What changed in a record of this connection. Null where there is none, or a newer one. */
  delta({ topic, seq, data }: Delta, nowMs: number): Step | null {
    const known = this.entries.get(topic)
    if (known === undefined || known.connection !== this.connection || seq <= known.seq) return null
    return this.advance(known, seq, merged(known.record, data), nowMs)
  }

  /** The server has so many topics of a channel; returns those that are thereby known to be gone. */
  expect(channel: string, count: number): string[] {
    this.channel(channel).expected = count
    return this.review(channel)
  }

  /** After a full: stale records of its channel that are thereby known to be gone. */
  review(channel: string): string[] {
    if (this.staleCount === 0) return []
    const { current, expected } = this.channel(channel)
    if (expected === null || current < expected) return []
    return this.dropStale((topic) => channelOf(topic) === channel)
  }

  /** Drops the stale records of these topics; returns which there were. */
  dropStale(isOne: (topic: string) => boolean): string[] {
    if (this.staleCount === 0) return []
    const dropped: string[] = []
    for (const [topic, { connection }] of this.entries) {
      if (connection !== this.connection && isOne(topic)) dropped.push(topic)
    }
    for (const topic of dropped) this.forget(topic)
    return dropped
  }

  forget(topic: string): void {
    const known = this.entries.get(topic)
    if (known === undefined) return
    this.entries.delete(topic)
    if (known.connection !== this.connection) this.staleCount--
    else this.channel(channelOf(topic)).current--
  }

  private advance(known: Entry, seq: number, record: Fields, nowMs: number): Step {
    const superseded = Math.max(0, seq - known.seq - 1)
    known.seq = seq
    known.record = record
    known.receivedAt = nowMs
    return { record, superseded }
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
