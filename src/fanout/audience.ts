/**
 * Audience: who is subscribed to one topic, and the topic's present version as bytes. @hot
 * Holds: the bytes of a version are made once per dialect and mode, on first need, and kept until the next version.
 */
import { NO_VERSION, type Topic } from '../market/topic.ts'
import type { Dialect } from '../protocol/dialect.ts'
import { DIALECTS } from '../protocol/dialects.ts'
import type { Mode } from '../protocol/messages.ts'
import type { Settings, Subscription } from './subscription.ts'

/** A topic's present version in one dialect and mode. Two lanes that hold the same one send the same bytes. */
export class Encoded {
  version = NO_VERSION
  /** A frame of one message. */
  bytes = new Uint8Array(0)

  set(version: number, source: Uint8Array): void {
    this.version = version
    // Prices rarely change their length, and then the buffer serves again.
    if (this.bytes.length !== source.length) this.bytes = new Uint8Array(source.length)
    this.bytes.set(source)
  }
}

export class Audience {
  readonly topic: Topic
  readonly subscriptions: Subscription[] = []
  private readonly encoded: (Encoded | undefined)[] = new Array(DIALECTS.length * 2).fill(undefined)
  private deltaReaders = 0

  constructor(topic: Topic) {
    this.topic = topic
  }

  add(subscription: Subscription): void {
    subscription.position = this.subscriptions.length
    this.subscriptions.push(subscription)
    this.count(subscription.settings, 1)
  }

  remove(subscription: Subscription): void {
    const last = this.subscriptions.pop()!
    if (last !== subscription) {
      this.subscriptions[subscription.position] = last
      last.position = subscription.position
    }
    this.count(subscription.settings, -1)
  }

  /** Called with +1 and -1 as settings come and go: changes are only collected for somebody. */
  count({ mode }: Settings, by: 1 | -1): void {
    if (mode !== 'delta') return
    this.deltaReaders += by
    this.topic.keepsChanges = this.deltaReaders > 0
    if (this.deltaReaders === 0) this.topic.changes = null
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
    const slot = isDelta ? index * 2 + 1 : index * 2
    let encoded = this.encoded[slot]
    if (encoded === undefined) {
      encoded = new Encoded()
      this.encoded[slot] = encoded
    }
    if (encoded.version !== topic.version) {
      const data = isDelta ? changes : topic.fields
      const bytes = dialect.encodeData(isDelta ? 'delta' : 'full', topic.name, topic.version, data)
      encoded.set(topic.version, bytes)
    }
    return encoded
  }
}
