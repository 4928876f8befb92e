/**
 * Topic: one topic's truth. @hot
 * Holds: version only rises; fields is never half merged; `changes`, where kept, turns the record of version
 *        `changesFrom` into the present one.
 * The record is there as fields, as JSON text, or as both, which then say the same: an update that is merged leaves the
 * fields alone, one that overwrites leaves the text alone, and the fields are parsed when somebody asks for them.
 * `layout` is of a payload that had the record's names in the record's order: it goes when a name comes or goes.
 */
import { Layout } from './layout.ts'
import { Numbering } from './numbering.ts'
import type { Fields, Scalar, Update } from './record.ts'
import { countOf, FIELDS_MAX, SEQ_FIELD } from './record.ts'
import { RecordText } from './record-text.ts'

/** The version of a topic without a value. Publishers may number from 0, so it lies below. */
export const NO_VERSION = -1

/** More changes than this cost more than the record. */
const CHANGES_MAX = 2 * FIELDS_MAX

/** Of whole records without a known layout, one in so many is looked at, at the least. */
const LEARN_EVERY_MAX = 64

export class Topic {
  readonly name: string
  readonly channel: string
  /** Small and reused: other rooms index arrays by it. */
  readonly id: number
  /** Its market's: how old its values are at the least. */
  readonly delayMs: number
  fieldCount = 0
  version = NO_VERSION
  /** When the value was last confirmed, ms since the epoch; NaN where nothing tells (a stored record without ts). */
  asOfMs = Number.NaN
  readonly numbering = new Numbering()

  /** Whether somebody reads deltas of this topic; without readers no changes are collected. */
  keepsChanges = false
  changes: { [field: string]: Scalar | null } | null = null
  changesFrom = NO_VERSION
  changesTurn = -1
  private changesCount = 0

  private layout: Layout | null = null
  /** Whole records that did not match the layout, or came without one. */
  private misses = 0
  private parsed: Fields | null = {}
  private readonly text = new RecordText()

  constructor(name: string, channel: string, id: number, delayMs: number) {
    this.name = name
    this.channel = channel
    this.id = id
    this.delayMs = delayMs
  }

  get hasValue(): boolean {
    return this.version !== NO_VERSION
  }

  /** The record. Parses it if it was overwritten since; not to be kept across updates. */
  get fields(): Fields {
    this.parsed ??= JSON.parse(this.text.toString()) as Fields // a flat record of scalars, by its layout
    return this.parsed
  }

  /** The record as JSON text: plain ASCII, no white space. null if it is at hand only as fields. @hot */
  get json(): Uint8Array | null {
    return this.text.bytes
  }

  /** Merges an update that was found good. `turn` groups the changes that one flush will see together. */
  merge(update: Update, turn: number): void {
    const { fields } = this
    this.text.clear()
    // What is not kept must not be left from before either: it would no longer lead to the present record.
    if (!this.keepsChanges) this.changes = null
    const changes = this.keepsChanges ? this.changesOf(turn) : null
    for (const name in update) {
      if (name === SEQ_FIELD) continue
      const value = update[name]!
      if (value === null) {
        if (!Object.hasOwn(fields, name)) continue
        delete fields[name]
        this.fieldCount--
        this.layout = null
      } else {
        const old = fields[name]
        if (old === value) continue
        // An inherited name such as `constructor` reads as a function: still a new field.
        if (old === undefined || typeof old === 'function') {
          this.fieldCount++
          this.layout = null
        }
        fields[name] = value
      }
      if (changes === null) continue
      if (changes[name] === undefined) this.changesCount++
      changes[name] = value
    }
    // Names that come and go would pile up while nobody can be sent them; the next update begins anew.
    if (this.changesCount > CHANGES_MAX) this.changes = null
  }

  /** Whether a payload is known to be the whole record, without parsing it: then overwrite() takes it. @hot */
  recognises(payload: Uint8Array): boolean {
    return this.layout !== null && !this.keepsChanges && this.layout.matches(payload)
  }

  /** Takes over a payload that recognises() was true of. @hot */
  overwrite(payload: Uint8Array): void {
    this.changes = null
    this.parsed = null
    this.text.set(payload, this.layout!)
  }

  /** Learns the layout of a payload that was merged just now as `update`, should it be the whole record. */
  learn(payload: Uint8Array, update: Update): void {
    if (this.keepsChanges || countOf(update) !== this.fieldCount) return
    this.misses++
    // Payloads that never have a layout, or each its own, are looked at ever less often.
    const isDue = (this.misses & (this.misses - 1)) === 0 || this.misses % LEARN_EVERY_MAX === 0
    if (isDue) this.layout = Layout.of(payload, this.fields) ?? this.layout
  }

  /** Takes over another topic's record, as the JSON text of a good one. `turn` as for merge(). */
  adopt(text: Uint8Array, turn: number): void {
    if (this.recognises(text)) return this.overwrite(text)
    const { fields } = this
    const record = JSON.parse(utf8(text)) as Fields
    const update: Update = {}
    for (const name in fields) if (!Object.hasOwn(record, name)) update[name] = null
    Object.assign(update, record)
    this.merge(update, turn)
    this.learn(text, record)
  }

  /** Takes a whole record over; whoever reads deltas gets it whole. */
  replace(fields: Fields): void {
    this.parsed = fields
    this.text.clear()
    this.layout = null
    this.fieldCount = Object.keys(fields).length
    this.changes = null
  }

  private changesOf(turn: number): { [field: string]: Scalar | null } {
    if (this.changes === null || this.changesTurn !== turn) {
      this.changes = {}
      this.changesCount = 0
      this.changesFrom = this.version
      this.changesTurn = turn
    }
    return this.changes
  }
}

function utf8({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString()
}
