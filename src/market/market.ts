/**
 * Market: every topic's last value, and the third hop of an update. Pure; time comes in as an argument. @hot
 * Next:  fanout/registry.ts mark()
 *
 * Reload: after a break a source subscribes, begins a Reload, reads the stored records, makes sure that all messages
 * published before that reading have come in, and hands the records to reload(). Fields received during that Reload
 * win, all others become the stored record's: a partial update in between loses nothing, and a field removed in between
 * stays removed. A stored record that is older than what came in before the break is refused.
 */
import { advance, judge } from './numbering.ts'
import { countOf, FIELDS_MAX, type Fields, SEQ_FIELD, type Update } from './record.ts'
import type { Reload } from './reload.ts'
import { NO_VERSION, Topic } from './topic.ts'
import { TopicIds } from './topic-ids.ts'
import { channelOf } from './topic-name.ts'

/** Why an update was not taken in. */
export const REFUSALS = ['bad_topic', 'topic_limit', 'too_many_fields', 'late'] as const
export type Refusal = (typeof REFUSALS)[number]

export class Market {
  /** Counts flushes: changes of one turn are sent together. The flush moves it on. */
  turn = 0
  /** How old values must be before they stand here: 0 as they come. */
  readonly delayMs: number
  /** Called once for each topic, when its first value has been merged. */
  onFirstValue: (topic: Topic) => void = () => {}

  private readonly topics = new Map<string, Topic>()
  private readonly valued: Topic[] = []
  private readonly channels = new Map<string, Topic[]>()
  private readonly topicsMax: number
  private readonly ids: TopicIds

  /** Markets whose topics one registry knows share their ids. */
  constructor(topicsMax: number, delayMs = 0, ids = new TopicIds()) {
    this.topicsMax = topicsMax
    this.delayMs = delayMs
    this.ids = ids
  }

  /** How many topics have a value. */
  get topicCount(): number {
    return this.valued.length
  }

  /** The topics that have a value, in the order in which they got it: they keep their places. */
  get held(): readonly Topic[] {
    return this.valued
  }

  find(name: string): Topic | undefined {
    return this.topics.get(name)
  }

  /** The topics of a channel that have a value, in the order in which they appeared. */
  channel(channel: string): readonly Topic[] {
    return this.channels.get(channel) ?? []
  }

  /** The topic of a well-formed name, made if need be, with or without a value; null for any other name. */
  topic(name: string): Topic | null {
    return this.topics.get(name) ?? this.create(name)
  }

  /** Forgets a topic that never had a value; call it when nobody asks for the topic any more. */
  release(topic: Topic): void {
    if (topic.hasValue || this.topics.get(topic.name) !== topic) return
    this.topics.delete(topic.name)
    this.ids.giveBack(topic.id)
  }

  /**
   * Merges an update and returns its topic, which then has a new version, or says why not. `asOfMs`: ms since the
   * epoch; `nowMs`: of a clock that never steps, where that is another one; `reload`: what the source is in the middle of.
   */
  apply(
    name: string,
    update: Update,
    asOfMs: number,
    nowMs = asOfMs,
    reload: Reload | null = null,
  ): Topic | Refusal {
    const known = this.topics.get(name)
    if ((known?.fieldCount ?? 0) + countOf(update) > FIELDS_MAX && tooMany(known, update)) {
      return 'too_many_fields'
    }
    if (known?.hasValue !== true && this.topicCount >= this.topicsMax) return 'topic_limit'
    const topic = known ?? this.create(name)
    if (topic === null) return 'bad_topic'
    const ts = update.ts ?? Number.NaN
    const seq = update.seq ?? null
    if (seq !== null && judge(topic.numbering, seq, ts, nowMs) === 'late') return 'late'

    topic.merge(update, this.turn)
    if (reload !== null) reload.touch(topic, update)
    this.settle(topic, seq, ts, asOfMs)
    return topic
  }

  /**
   * The topic that a payload is the whole record of, known from its bytes alone; null if it has to be decoded. @hot
   * Not for a source that reloads: which fields came in meanwhile is what that is about.
   */
  recognise(name: string, payload: Uint8Array): Topic | null {
    const topic = this.topics.get(name)
    return topic?.recognises(payload) === true ? topic : null
  }

  /** Does what apply() would, for a payload that recognise() gave the topic of just now. @hot */
  overwrite(topic: Topic, payload: Uint8Array, asOfMs: number): void {
    topic.overwrite(payload)
    this.settle(topic, null, Number.NaN, asOfMs)
  }

  /**
   * Takes over a version of a topic of another market, its record as JSON text. For markets that follow another one and
   * take in nothing else: versions must rise. Keeps no reference to `record`.
   */
  adopt(name: string, record: Uint8Array, version: number, asOfMs: number): Topic {
    const topic = this.topic(name)!
    topic.adopt(record, this.turn)
    this.renew(topic, version, asOfMs)
    return topic
  }

  /**
   * Takes over a stored record. Returns its topic if that changed its value, null if it did not, or a refusal.
   * `wallMs`: ms since the epoch, as the record's `ts` is; `reload`: what came in meanwhile, if anything could.
   */
  reload(
    name: string,
    stored: Update,
    wallMs: number,
    reload: Reload | null = null,
  ): Topic | Refusal | null {
    const known = this.topics.get(name)
    const touched = known && reload?.fieldsOf(known)
    if (known !== undefined && touched === undefined && isBehind(known, stored)) return 'late'
    const merged = mergeStored(known, stored, touched)
    if (countOf(merged) > FIELDS_MAX) return 'too_many_fields'
    if (known?.hasValue !== true && this.topicCount >= this.topicsMax) return 'topic_limit'
    const topic = known ?? this.create(name)
    if (topic === null) return 'bad_topic'
    if (topic.hasValue && sameFields(topic.fields, merged)) return null

    topic.replace(merged)
    const seq = touched === undefined ? (stored.seq ?? null) : null
    const ts = stored.ts ?? Number.NaN
    this.settle(topic, seq, ts, touched === undefined ? Math.min(ts, wallMs) : wallMs)
    return topic
  }

  private create(name: string): Topic | null {
    const channel = channelOf(name)
    if (channel === null) return null
    const topic = new Topic(name, channel, this.ids.take(), this.delayMs)
    this.topics.set(name, topic)
    return topic
  }

  /** Gives a changed topic its next version. */
  private settle(topic: Topic, seq: number | null, ts: number, asOfMs: number): void {
    const { version, numbering } = topic
    if (seq !== null) this.renew(topic, advance(numbering, seq, ts, version), asOfMs)
    else this.renew(topic, version === NO_VERSION ? 1 : version + 1, asOfMs)
  }

  private renew(topic: Topic, version: number, asOfMs: number): void {
    const isFirst = topic.version === NO_VERSION
    topic.version = version
    topic.asOfMs = asOfMs
    if (!isFirst) return
    this.valued.push(topic)
    const peers = this.channels.get(topic.channel)
    if (peers === undefined) this.channels.set(topic.channel, [topic])
    else peers.push(topic)
    this.onFirstValue(topic)
  }
}

/** Whether the merged record would pass the limit; exact, for when a cheap sum says that it might. */
function tooMany(known: Topic | undefined, update: Update): boolean {
  const names = new Set(Object.keys(known?.fields ?? {}))
  for (const name in update) {
    if (name === SEQ_FIELD) continue
    if (update[name] === null) names.delete(name)
    else names.add(name)
  }
  return names.size > FIELDS_MAX
}

/**
 * Whether a stored record is older, by its number and by its time, than what came in before the break: Redis may come
 * back from an old dump or on a replica that lagged.
 */
function isBehind({ numbering }: Topic, { seq, ts }: Update): boolean {
  if (seq == null || ts == null) return false
  return seq < numbering.seq && ts < numbering.ts
}

function mergeStored(
  known: Topic | undefined,
  stored: Update,
  touched: ReadonlySet<string> | undefined,
): Fields {
  const merged: Fields = {}
  for (const name in stored) {
    if (name === SEQ_FIELD || touched?.has(name)) continue
    const value = stored[name]!
    if (value !== null) merged[name] = value
  }
  if (known === undefined || touched === undefined) return merged
  for (const name in known.fields) if (touched.has(name)) merged[name] = known.fields[name]!
  return merged
}

function sameFields(a: Fields, b: Fields): boolean {
  for (const name in a) if (a[name] !== b[name]) return false
  return countOf(a) === countOf(b)
}
