/**
 * Book: takes data in and tells the handles of it: records on one side, subscriptions on the other.
 */
import type { Delta, Full } from '../protocol/messages.ts'
import { asClientFault } from './errors.ts'
import type { Events } from './events.ts'
import type { Handle, Update } from './handle.ts'
import { channelOf, type Entry, Records } from './records.ts'
import type { Answer, Subscriptions } from './subscriptions.ts'

export class Book {
  superseded = 0
  gaps = 0
  private readonly records = new Records()
  private readonly subscriptions: Subscriptions
  private readonly events: Events
  private readonly nowMs: () => number
  /** What the server is to be asked for has changed. */
  private readonly changed: () => void

  constructor(
    subscriptions: Subscriptions,
    events: Events,
    nowMs: () => number,
    changed: () => void,
  ) {
    this.subscriptions = subscriptions
    this.events = events
    this.nowMs = nowMs
    this.changed = changed
  }

  /** How many records nobody has confirmed since the last connection. */
  get staleCount(): number {
    return this.records.staleCount
  }

  /** What is known of a topic that somebody wants. */
  find(topic: string): Readonly<Entry> | undefined {
    return this.subscriptions.covers(topic) ? this.records.get(topic) : undefined
  }

  /** Another connection is open. */
  begin(): void {
    this.forgetUnwanted()
    this.records.begin()
  }

  /** Takes a data message in. */
  take(message: Full | Delta): void {
    const { topic } = message
    // The last of a subscription that has been ended.
    if (!this.subscriptions.follows(topic)) return
    const receivedAt = this.nowMs()
    const isFull = message.type === 'full'
    const step = isFull
      ? this.records.full(message, receivedAt)
      : this.records.delta(message, receivedAt)
    if (step === null) return this.missed(message)
    const { record, superseded } = step
    this.superseded += superseded
    const changed = isFull ? null : message.data
    this.tell({ topic, record, changed, seq: message.seq, superseded, receivedAt })
    if (isFull) this.gone(this.records.review(channelOf(topic)))
  }

  /** Takes in what the server said of the subscriptions. */
  settle({ held, refusals }: Answer): void {
    for (const { name, count } of held) {
      if (isChannel(name)) this.gone(this.records.expect(channelOf(name), count))
      else if (count === 0) this.gone(this.records.dropStale((topic) => topic === name))
    }
    for (const { name, fault } of refusals) {
      const channel = channelOf(name)
      const isOne = isChannel(name)
        ? (topic: string) => channelOf(topic) === channel
        : (topic: string) => topic === name
      this.gone(this.records.dropStale(isOne))
      this.events.emit('fault', asClientFault(fault, name))
    }
  }

  /** Tells a new handle of what is known already, once its owner has it. */
  introduce(handle: Handle): void {
    queueMicrotask(() => {
      const { told } = handle
      handle.told = null
      for (const topic of this.known(handle)) {
        if (handle.hasEnded) return
        const found = this.records.get(topic)
        if (found === undefined || told?.has(topic) === true) continue
        const { record, seq, receivedAt } = found
        const update = { topic, record, changed: null, seq, superseded: 0, receivedAt }
        this.events.guard(() => handle.listener(update))
      }
    })
  }

  /** Forgets what no handle wants any more, once the server has been told so. */
  forgetUnwanted(): void {
    for (const topic of [...this.records.topics()]) {
      if (!this.subscriptions.follows(topic)) this.records.forget(topic)
    }
  }

  private tell(update: Update): void {
    this.subscriptions.each(update.topic, (handle) => {
      if (handle.hasEnded) return
      handle.told?.add(update.topic)
      this.events.guard(() => handle.listener(update))
    })
  }

  /** A message that does not fit: the last ones of an ended subscription, or a bug. */
  private missed({ type, topic, seq }: Full | Delta): void {
    if (this.subscriptions.isLeaving(topic)) return
    this.gaps++
    this.records.forget(topic)
    this.subscriptions.renew(topic)
    this.changed()
    const message = `the ${type} ${seq} does not fit what was here: begun anew`
    this.events.emit('fault', { name: 'gap', message, topic })
  }

  private known({ topics }: Handle): Set<string> {
    const known = new Set<string>()
    for (const name of topics) {
      if (!isChannel(name)) known.add(name)
      else {
        for (const topic of this.records.topics()) {
          if (channelOf(topic) === channelOf(name)) known.add(topic)
        }
      }
    }
    return known
  }

  private gone(topics: readonly string[]): void {
    if (topics.length > 0) this.events.emit('gone', { topics })
  }
}

function isChannel(name: string): boolean {
  return name.endsWith(':*')
}
