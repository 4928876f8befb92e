/**
 * Schedule: what is published when. Each update is due at a time of its own, whatever becomes of those before it.
 */
import type { Load } from '../scenario/scenario.ts'
import { markOf, payloadOf, topicNames } from './payload.ts'
import type { Recording } from './recorded.ts'

export interface Schedule {
  /** In the order of their numbers. */
  readonly topics: readonly string[]
  /** When the next update is due, ms since the epoch. */
  readonly dueMs: number
  start(nowMs: number): void
  /** From now on so many updates a second. Throws where the schedule has times of its own. */
  setRate(updatesPerS: number, nowMs: number): void
  /** The topic of the next update. */
  nextTopic(): number
  /** What it says, as the topic's `count`th; and on to the one after. */
  take(count: number): string
}

/** Updates at a fixed rate: the first ones, one of each topic. */
export class SteadySchedule implements Schedule {
  readonly topics: readonly string[]
  dueMs = Number.POSITIVE_INFINITY
  private readonly pick: () => number
  private beganMs = Number.NaN
  private updatesPerS: number
  /** Since the rate was set, and since the start. */
  private steps = 0
  private total = 0
  private topic = 0

  constructor({ topics, updatesPerS, order }: Load) {
    this.topics = topicNames(topics)
    this.updatesPerS = checkedRate(updatesPerS)
    this.pick = order === 'turns' ? () => this.total % topics : shuffled(topics)
  }

  start(nowMs: number): void {
    this.beganMs = nowMs
    this.steps = 0
    this.step()
  }

  setRate(updatesPerS: number, nowMs: number): void {
    this.updatesPerS = checkedRate(updatesPerS)
    // Before the start there is nothing to change but the rate.
    if (!Number.isNaN(this.beganMs))
      this.start(updatesPerS === 0 ? nowMs : nowMs + 1_000 / updatesPerS)
  }

  nextTopic(): number {
    // Every topic has a value early on, whatever the order.
    this.topic = this.total < this.topics.length ? this.total : this.pick()
    return this.topic
  }

  take(count: number): string {
    const payload = payloadOf(this.topic, count, this.dueMs)
    this.total++
    this.steps++
    this.step()
    return payload
  }

  private step(): void {
    const { updatesPerS } = this
    const isNever = updatesPerS === 0
    this.dueMs = isNever
      ? Number.POSITIVE_INFINITY
      : this.beganMs + (this.steps * 1_000) / updatesPerS
  }
}

/** A recording's updates at its own times, so many times as fast, over and over. */
export class RecordedSchedule implements Schedule {
  readonly topics: readonly string[]
  dueMs = Number.POSITIVE_INFINITY
  private readonly recording: Recording
  private readonly speed: number
  private beganMs = Number.NaN
  private at = 0
  /** When the topic was due before: two updates must not have the same `ts`, which a delta would leave out. */
  private readonly lastTs: Float64Array

  constructor(recording: Recording, speed: number) {
    if (!(speed > 0 && Number.isFinite(speed))) throw new Error(`a speed of ${speed} is none`)
    this.recording = recording
    this.speed = speed
    this.topics = recording.topics
    this.lastTs = new Float64Array(this.topics.length)
  }

  start(nowMs: number): void {
    this.beganMs = nowMs
    this.step()
  }

  setRate(): void {
    throw new Error('a recording is published at its own times: it has no rate to set')
  }

  nextTopic(): number {
    return this.recording.updates[this.at]!.topic
  }

  take(count: number): string {
    const { topic, fields } = this.recording.updates[this.at]!
    const ts = Math.max(this.dueMs, this.lastTs[topic]! + TS_STEP_MS)
    this.lastTs[topic] = ts
    this.at++
    if (this.at === this.recording.updates.length) {
      this.beganMs += this.recording.durationMs / this.speed
      this.at = 0
    }
    this.step()
    return `{${fields}${markOf(topic, count, ts)}}`
  }

  private step(): void {
    this.dueMs = this.beganMs + this.recording.updates[this.at]!.atMs / this.speed
  }
}

/** The grain of a payload's `ts`. */
const TS_STEP_MS = 0.001

function checkedRate(updatesPerS: number): number {
  if (updatesPerS >= 0 && Number.isFinite(updatesPerS)) return updatesPerS
  throw new Error(`${updatesPerS} updates a second is no rate`)
}

/** Independent picks, the same in each run: Numerical Recipes' generator, its high bits. */
function shuffled(topics: number): () => number {
  let state = 1
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * topics)
  }
}
