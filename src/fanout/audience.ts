/**
 * Audience: who is subscribed to one topic, and the topic's present version as bytes. @hot
 * Holds: the bytes of a version are made once per dialect and mode, on first need, and kept until the next version;
 *        a subscription with nothing waiting or pending has been sent `sentVersion`, so that nobody has to note it
 *        for each of them.
 */
import { NO_VERSION, type Topic } from '../market/topic.ts'
import { type Data, type Dialect, TEXT_SPARE_BYTES } from '../protocol/dialect.ts'
import { DIALECTS } from '../protocol/dialects.ts'
import type { Mode } from '../protocol/messages.ts'
import type { Lane } from './lane.ts'
import type { Subscription } from './subscription.ts'

const NOTHING = new Uint8Array(0)

/** A topic's present version in one dialect and mode. Two lanes that hold the same one send the same bytes. */
export class Encoded {
  readonly audience: Audience
  readonly dialect: Dialect
  readonly dialectIndex: number
  version = NO_VERSION
  /** A frame of one message. Overwritten by the next version. */
  bytes = NOTHING
  private buffer = Buffer.alloc(0)

  constructor(audience: Audience, dialect: Dialect, dialectIndex: number) {
    this.audience = audience
    this.dialect = dialect
    this.dialectIndex = dialectIndex
  }

  /** Holds a topic's present version from now on: `changes` as a delta, or the record where there are none. @hot */
  renew(topic: Topic, changes: Data | null): void {
    const { dialect } = this
    const { json, name, version } = topic
    this.version = version
    // Asking for the fields would have them parsed.
    if (changes === null && json !== null && dialect.encodeText !== null) {
      this.reserve(json.length + name.length + TEXT_SPARE_BYTES)
      this.end(dialect.encodeText(name, version, json, this.buffer))
      return
    }
    const frame =
      changes === null
        ? dialect.encodeData('full', name, version, topic.fields)
        : dialect.encodeData('delta', name, version, changes)
    this.reserve(frame.length)
    this.buffer.set(frame)
    this.end(frame.length)
  }

  private reserve(length: number): void {
    if (this.buffer.length >= length) return
    this.buffer = Buffer.allocUnsafeSlow(length)
    this.bytes = NOTHING
  }

  private end(length: number): void {
    // Prices rarely change their length.
    if (this.bytes.length !== length) this.bytes = new Uint8Array(this.buffer.buffer, 0, length)
  }
}

/** Subscriptions of one kind, with their lanes beside them: going through lanes alone touches half the memory. */
export class Readers {
  readonly lanes: Lane[] = []
  readonly subscriptions: Subscription[] = []

  add(subscription: Subscription): void {
    subscription.position = this.subscriptions.length
    this.subscriptions.push(subscription)
    this.lanes.push(subscription.lane)
  }

  remove({ position }: Subscription): void {
    const last = this.subscriptions.pop()!
    const lane = this.lanes.pop()!
    if (position === this.subscriptions.length) return
    this.subscriptions[position] = last
    this.lanes[position] = lane
    last.position = position
  }
}

export class Audience {
  readonly topic: Topic
  /** Without an interval, by dialect and mode: slotOf(). */
  readonly prompt: (Readers | undefined)[] = new Array(DIALECTS.length * 2).fill(undefined)
  /** With one. */
  readonly paced = new Readers()
  /** Updates since the last flush. */
  updateCount = 0
  sentVersion = NO_VERSION
  size = 0
  private readonly encoded: (Encoded | undefined)[] = new Array(DIALECTS.length * 2).fill(undefined)
  private deltaReaders = 0

  constructor(topic: Topic) {
    this.topic = topic
  }

  /** Call it when the subscription has its settings and its group. */
  add(subscription: Subscription): void {
    this.size++
    this.readersOf(subscription).add(subscription)
    this.count(subscription, 1)
  }

  /** The reverse: call it before settings or group change. */
  remove(subscription: Subscription): void {
    this.size--
    this.readersOf(subscription).remove(subscription)
    this.count(subscription, -1)
  }

  /** What a lane that last sent `sentVersion` needs now: the changes if they apply to that, else the record. @hot */
  encode(dialect: Dialect, index: number, mode: Mode, sentVersion: number): Encoded {
    const { topic } = this
    const { changes } = topic
    const isDelta =
      mode === 'delta' &&
      changes !== null &&
      topic.changesFrom === sentVersion &&
      sentVersion !== NO_VERSION
    const slot = slotOf(index, isDelta ? 'delta' : 'full')
    let encoded = this.encoded[slot]
    if (encoded === undefined) {
      encoded = new Encoded(this, dialect, index)
      this.encoded[slot] = encoded
    }
    if (encoded.version !== topic.version) encoded.renew(topic, isDelta ? changes : null)
    return encoded
  }

  private readersOf({ lane, settings, group }: Subscription): Readers {
    if (group !== null) return this.paced
    const slot = slotOf(lane.dialectIndex, settings.mode)
    let readers = this.prompt[slot]
    if (readers === undefined) {
      readers = new Readers()
      this.prompt[slot] = readers
    }
    return readers
  }

  /** Changes are only collected for somebody. */
  private count({ settings }: Subscription, by: 1 | -1): void {
    if (settings.mode !== 'delta') return
    this.deltaReaders += by
    this.topic.keepsChanges = this.deltaReaders > 0
    if (this.deltaReaders === 0) this.topic.changes = null
  }
}

function slotOf(dialectIndex: number, mode: Mode): number {
  return dialectIndex * 2 + (mode === 'delta' ? 1 : 0)
}
