/**
 * Recorded: a recording read into memory, with everything but the two fields of the moment (payload.ts) made ready.
 */

import { decode } from '../../src/ingest/decode.ts'
import { readLines } from '../../src/ingest/ndjson.ts'
import { TopicTemplate } from '../../src/ingest/topic-template.ts'
import type { Scalar, Update } from '../../src/market/record.ts'
import { SEQ_FIELD } from '../../src/market/record.ts'
import { TOPICS_MAX } from './payload.ts'

export interface RecordedUpdate {
  readonly topic: number
  /** Since the first one. Never goes back. */
  readonly atMs: number
  /** JSON of its fields, with a comma behind each. */
  readonly fields: string
}

export interface Recording {
  /** In the order in which they first appear. */
  readonly topics: readonly string[]
  readonly updates: readonly RecordedUpdate[]
  /** From its beginning to when it begins again. */
  readonly durationMs: number
}

/** Fields that the bench sets itself; numbers of the recording's own would go back when it begins again. */
const OWN_FIELDS: readonly string[] = ['ts', 'mark', SEQ_FIELD]

/** Throws a sentence for a file that cannot be read, a line that is no update, and for too many topics. */
export async function readRecording(file: string, template: string): Promise<Recording> {
  const name = new TopicTemplate(template)
  const numbers = new Map<string, number>()
  const updates: RecordedUpdate[] = []
  let firstTs = Number.NaN
  let atMs = 0
  for await (const lines of readLines(file)) {
    for (const { number, bytes } of lines) {
      const update = decode(bytes)
      if (typeof update === 'string' || Array.isArray(update)) {
        throw new Error(`${file}, line ${number}: ${Array.isArray(update) ? 'a batch' : update}`)
      }
      const named = name.name(update)
      if ('problem' in named) throw new Error(`${file}, line ${number}: ${named.problem}`)
      const { ts } = update
      if (typeof ts === 'number') {
        if (Number.isNaN(firstTs)) firstTs = ts
        atMs = Math.max(atMs, ts - firstTs) // without a time: due with the one before
      }
      const topic = numberOf(named.topic, numbers, file)
      updates.push({ topic, atMs, fields: fieldsOf(update) })
    }
  }
  if (updates.length === 0) throw new Error(`${file} has no updates`)
  // It begins again as long after its last update as others come after each other.
  const durationMs = atMs + Math.max(1, atMs / updates.length)
  return { topics: [...numbers.keys()], updates, durationMs }
}

function numberOf(topic: string, numbers: Map<string, number>, file: string): number {
  const known = numbers.get(topic)
  if (known !== undefined) return known
  if (numbers.size === TOPICS_MAX) {
    throw new Error(
      `${file} has more than ${TOPICS_MAX} topics, which is all that a bench can tell`,
    )
  }
  numbers.set(topic, numbers.size)
  return numbers.size - 1
}

function fieldsOf(update: Update): string {
  let text = ''
  for (const [field, value] of Object.entries(update) as [string, Scalar | null][]) {
    if (OWN_FIELDS.includes(field)) continue
    text += `${JSON.stringify(field)}:${JSON.stringify(value)},`
  }
  return text
}
