/**
 * Topic: one topic's truth. @hot
 * Holds: version only rises; fields is never half merged; `changes`, where kept, turns the record of version
 *        `changesFrom` into the present one.
 */
import { Numbering } from './numbering.ts'
import type { Fields, Scalar, Update } from './record.ts'
import { FIELDS_MAX, SEQ_FIELD } from './record.ts'

/** The version of a topic without a value. Publishers may number from 0, so it lies below. */
export const NO_VERSION = -1

/** More changes than this cost more than the record. */
const CHANGES_MAX = 2 * FIELDS_MAX

export class Topic {
  readonly name: string
  readonly channel: string
  /** Small and reused: other rooms index arrays by it. */
  readonly id: number
  fields: Fields = {}
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

  /** Fields received since the present reload began; null outside a reload or when nothing came. */
  touched: Set<string> | null = null

  constructor(name: string, channel: string, id: number) {
    this.name = name
    this.channel = channel
    this.id = id
  }

  get hasValue(): boolean {
    return this.version !== NO_VERSION
  }

  /** Merges an update that was found good. `turn` groups the changes that one flush will see together. */
  merge(update: Update, turn: number): void {
    const fields = this.fields
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
      } else {
        const old = fields[name]
        if (old === value) continue
        // An inherited name such as `constructor` reads as a function: still a new field.
        if (old === undefined || typeof old === 'function') this.fieldCount++
        fields[name] = value
      }
      if (changes === null) continue
      if (changes[name] === undefined) this.changesCount++
      changes[name] = value
    }
    // Names that come and go would pile up while nobody can be sent them; the next update begins anew.
    if (this.changesCount > CHANGES_MAX) this.changes = null
  }

  /** Takes a whole record over; whoever reads deltas gets it whole. */
  replace(fields: Fields): void {
    this.fields = fields
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
