/**
 * Records: a topic's fields as last known, and the updates that change them.
 */

export type Scalar = string | number | boolean

/** A record: flat, and in the order in which the fields first came. */
export type Fields = Record<string, Scalar>

/**
 * One change of a record, as a publisher sent it and `ingest/decode` checked it: fields present replace, `null`
 * removes, absent ones stay. `seq` is the publisher's numbering and is not a field of the record; `ts` is both a
 * field and the event's time.
 */
export type Update = { [field: string]: Scalar | null } & {
  seq?: number | null
  ts?: number | null
}

/** A record larger than this is refused; so memory is bounded by topics x fields x characters. */
export const FIELDS_MAX = 64
export const FIELD_NAME_CHARS_MAX = 64
export const FIELD_CHARS_MAX = 4096
/** What a publisher sends at once: one update, or a batch of them. */
export const PAYLOAD_BYTES_MAX = 16 * 1024

/** The field that numbers updates instead of describing the market. */
export const SEQ_FIELD = 'seq'

export function countOf(fields: Update | Fields): number {
  let count = 0
  for (const _ in fields) count++
  return count
}
