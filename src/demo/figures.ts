/**
 * Figures: what this page gets, counted; a reading of it each second.
 */
import type { Update } from '../client/index.ts'

/** Ages are told over so long. */
const AGE_SPAN_MS = 5_000
/** More than come in that time; of a faster feed, the latest. */
const AGES = 16_384

/** What came in all. */
export interface Counts {
  readonly messages: number
  readonly bytes: number
}

export interface Reading {
  readonly messagesPerS: number
  readonly bytesPerS: number
  readonly supersededPerS: number
  /** Of all values that there were; NaN where there were none. */
  readonly supersededPart: number
  /** From the event to this script, over the last 5 s, in ms; NaN where nothing came, or without `ts`. */
  readonly ageMs: number
  readonly ageMsMax: number
  /** What part of the time the script was stalled. */
  readonly stalledPart: number
  readonly framesPerS: number
}

export class Figures {
  private readonly ages = new Float64Array(AGES)
  private readonly ageTimes = new Float64Array(AGES)
  private ageCount = 0
  private updates = 0
  private superseded = 0
  private frames = 0
  private before = { messages: 0, bytes: 0, stalledMs: 0, atMs: performance.now() }

  /** `ts`: when it happened, where an age can be told. @hot */
  update({ superseded }: Update, ts: number, nowMs: number): void {
    this.updates++
    this.superseded += superseded
    if (Number.isNaN(ts)) return
    const at = this.ageCount++ % AGES
    this.ages[at] = Math.max(0, nowMs - ts)
    this.ageTimes[at] = nowMs
  }

  /** The screen was drawn. @hot */
  frame(): void {
    this.frames++
  }

  /** What came since the last reading. `counts` only rise. */
  read(counts: Counts, stalledMs: number): Reading {
    const atMs = performance.now()
    const { before, updates, superseded } = this
    const perS = 1_000 / (atMs - before.atMs)
    const reading = {
      messagesPerS: (counts.messages - before.messages) * perS,
      bytesPerS: (counts.bytes - before.bytes) * perS,
      supersededPerS: superseded * perS,
      supersededPart: superseded / (superseded + updates),
      ...this.readAges(),
      stalledPart: Math.min(1, ((stalledMs - before.stalledMs) * perS) / 1_000),
      framesPerS: this.frames * perS,
    }
    this.before = { messages: counts.messages, bytes: counts.bytes, stalledMs, atMs }
    this.updates = this.superseded = this.frames = 0
    return reading
  }

  private readAges(): { ageMs: number; ageMsMax: number } {
    const sinceMs = Date.now() - AGE_SPAN_MS
    const recent = this.ages.filter((_, i) => i < this.ageCount && this.ageTimes[i]! >= sinceMs)
    if (recent.length === 0) return { ageMs: Number.NaN, ageMsMax: Number.NaN }
    recent.sort()
    return { ageMs: recent[recent.length >> 1]!, ageMsMax: recent.at(-1)! }
  }
}
