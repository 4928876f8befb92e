/**
 * Book: tells the handles what the connection that is shown has brought: records on one side, handles on the other.
 */
import type { Delta, Full } from '../protocol/messages.ts'
import { asClientFault } from './errors.ts'
import type { Events } from './events.ts'
import type { Handle, Update } from './handle.ts'
import type { Answer } from './outcomes.ts'
import { channelOf, type Entry, type Taken } from './records.ts'
import type { Session } from './session.ts'
import { isChannel, type Wanted } from './wanted.ts'

/** Two servers of one source are not further apart than this, or the newer one is not coming. */
export const AHEAD_MS = 5_000

export class Book {
  superseded = 0
  gaps = 0
  /** What is shown; null before the first greeting. */
  private session: Session | null = null
  private readonly wanted: Wanted
  private readonly events: Events
  private readonly nowMs: () => number

  constructor(wanted: Wanted, events: Events, nowMs: () => number) {
    this.wanted = wanted
    this.events = events
    this.nowMs = nowMs
  }

  /** How many records nobody has confirmed since the last connection. */
  get staleCount(): number {
    return this.session?.records.staleCount ?? 0
  }

  /** What is known of a topic that somebody wants. */
  find(topic: string): Readonly<Entry> | undefined {
    return this.wanted.covers(topic) ? this.session?.records.get(topic) : undefined
  }

  /**
   * Another session is shown from now on. Returns the function that tells the handles what it has brought already. No
   * record goes back in time, as far as times tell.
   */
  begin(session: Session): () => void {
    const before = this.session
    this.session = session
    const { records, asked } = session
    const aheadUntilMs = this.nowMs() + AHEAD_MS
    const isWanted = (topic: string) => this.wanted.covers(topic)
    const news = before === null ? [] : records.inherit(before.records, isWanted, aheadUntilMs)
    return () => {
      // A listener may have closed the client.
      if (session.hasEnded) return
      this.tellAll(news)
      this.answered(session, asked.summary)
    }
  }

  /** Takes a data message in. */
  data(session: Session, { topic }: Full | Delta, taken: Taken): void {
    if (taken === 'gap') this.gaps++
    if (session !== this.session || taken === 'gap') return
    if (taken !== 'behind') {
      this.superseded += taken.superseded
      this.tell(topic, taken.changed, taken.superseded)
    }
    this.gone(session.records.review(channelOf(topic)))
  }

  /** Takes in what the server said of the subscriptions. */
  answered(session: Session, { accepted, refusals }: Answer): void {
    if (session !== this.session) return
    const { records } = session
    for (const { name, count, delayedMs } of accepted) {
      for (const handle of this.wanted.of(name)) {
        handle.refusals.delete(name)
        handle.delays.set(name, delayedMs)
      }
      if (isChannel(name)) this.gone(records.review(channelOf(name)))
      else if (count === 0) this.gone(records.dropStale((topic) => topic === name))
    }
    for (const { name, fault } of refusals) {
      for (const handle of this.wanted.of(name)) {
        handle.refusals.set(name, fault)
        handle.delays.delete(name)
      }
      const channel = channelOf(name)
      const isOne = isChannel(name)
        ? (topic: string) => channelOf(topic) === channel
        : (topic: string) => topic === name
      this.gone(records.dropStale(isOne))
      this.events.emit('fault', asClientFault(fault, name))
    }
  }

  /** Tells of these topics that they are shown no more. */
  gone(topics: readonly string[]): void {
    if (topics.length > 0) this.events.emit('gone', { topics })
  }

  /** Shows what was held back for something newer that did not come. */
  release(): void {
    if (this.session !== null) this.tellAll(this.session.records.release(this.nowMs()))
  }

  /** Tells a new handle of what is known already, once its owner has it. */
  introduce(handle: Handle): void {
    for (const name of handle.topics) {
      const known = this.session?.asked.acceptance(name)
      if (known !== undefined) handle.delays.set(name, known.delayedMs)
    }
    queueMicrotask(() => {
      const { told } = handle
      handle.told = null
      for (const topic of this.known(handle)) {
        if (handle.hasEnded) return
        const update = told?.has(topic) === true ? null : this.update(topic, null, 0)
        if (update !== null) this.events.guard(() => handle.listener(update))
      }
    })
  }

  private tellAll(topics: readonly string[]): void {
    for (const topic of topics) this.tell(topic, null, 0)
  }

  private tell(topic: string, changed: Update['changed'], superseded: number): void {
    const update = this.update(topic, changed, superseded)
    if (update === null) return
    this.wanted.each(topic, (handle) => {
      if (handle.hasEnded) return
      handle.told?.add(topic)
      this.events.guard(() => handle.listener(update))
    })
  }

  private update(topic: string, changed: Update['changed'], superseded: number): Update | null {
    const { session } = this
    const found = session?.records.get(topic)
    if (session === null || found === undefined) return null
    const { record, seq, receivedAt } = found
    const delayedMs = session.asked.delayMsOf(topic)
    return { topic, record, changed, seq, superseded, receivedAt, delayedMs }
  }

  private known({ topics }: Handle): Set<string> {
    const known = new Set<string>()
    for (const name of topics) {
      if (!isChannel(name)) known.add(name)
      else {
        for (const topic of this.session?.records.topics() ?? []) {
          if (channelOf(topic) === channelOf(name)) known.add(topic)
        }
      }
    }
    return known
  }
}
