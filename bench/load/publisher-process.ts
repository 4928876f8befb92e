/**
 * Publisher process: updates on an absolute schedule, each due at a time of its own, whatever becomes of those before
 * it (open loop). A payload carries the time at which it was due, so lateness here is age there. While Redis is away
 * the schedule goes on: what Redis does not take is lost, and never sent again.
 * Driven by publisher.ts.  Next:  schedule.ts
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type ChainableCommander, Redis } from 'ioredis'
import type { Load } from '../scenario/scenario.ts'
import { hurry } from '../stage/placement.ts'
import { answerParent } from './child.ts'
import { wallMs } from './clock.ts'
import { AGE_US_MAX } from './marks.ts'
import type { Published, PublisherRequest, PublisherSample } from './publisher.ts'
import { readRecording } from './recorded.ts'
import { RecordedSchedule, type Schedule, SteadySchedule } from './schedule.ts'
import { Tally } from './tally.ts'

/** What is due is published in steps: a timer each ms would cost more than the work. */
const STEP_MS = 5
/** More than that at once is the next step's: a publisher that has much to catch up must still hear its parent. */
const STEP_UPDATES_MAX = 20_000
const RECONNECT_MS = 50
/** How long Redis may take for its last answers. */
const FINISH_TIMEOUT_MS = 10_000

interface Sent {
  readonly topic: number
  /** The number in its mark. */
  readonly count: number
}

/** Since the sample before, and between begin() and that. */
const lateness = new Tally()
const latenessBefore = new Tally()
let redis: Redis
let schedule: Schedule
/** By topic: the number in the last mark that was made, and in the last one that Redis took. */
let made: Uint32Array
let taken: Uint32Array
let total = 0
let lost = 0
let sampledTotal = 0
let unanswered = 0
let timer: NodeJS.Timeout | undefined

answerParent((request: PublisherRequest) => {
  if (request === 'start') return start()
  if (request === 'begin') return begin()
  if (request === 'sample') return sample()
  if (request === 'stop') return stop()
  if ('rate' in request) return setRate(request.rate)
  return prepare(request.prepare)
})

async function prepare({ redisUrl, load }: { redisUrl: string; load: Load }): Promise<string[]> {
  hurry()
  schedule = await scheduleOf(load)
  const { topics } = schedule
  made = new Uint32Array(topics.length)
  taken = new Uint32Array(topics.length)
  // What was not answered must not be sent again: it would come after newer values.
  redis = new Redis(redisUrl, {
    lazyConnect: true,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0, // whatever is unanswered fails as soon as the connection breaks
    retryStrategy: () => RECONNECT_MS,
  })
  redis.on('error', () => {}) // it reconnects
  await redis.connect()
  await redis.ping()
  return [...topics]
}

async function scheduleOf(load: Load): Promise<Schedule> {
  if (load.recording === undefined) return new SteadySchedule(load)
  const { file, topic, speed } = load.recording
  return new RecordedSchedule(await readRecording(file, topic), speed)
}

function start(): void {
  if (timer !== undefined) throw new Error('publishing has begun before')
  schedule.start(wallMs())
  timer = setInterval(step, STEP_MS)
}

function setRate(updatesPerS: number): void {
  step() // what was due by the old rate
  schedule.setRate(updatesPerS, wallMs())
}

function step(): void {
  const nowMs = wallMs()
  const isAway = redis.status !== 'ready'
  const pipeline = redis.pipeline()
  const sent: Sent[] = []
  for (let i = 0; i < STEP_UPDATES_MAX && schedule.dueMs <= nowMs; i++) {
    lateness.record(Math.min(AGE_US_MAX, Math.round((nowMs - schedule.dueMs) * 1_000)))
    const topic = schedule.nextTopic()
    const count = ++made[topic]!
    const payload = schedule.take(count)
    if (isAway) {
      lost++
      continue
    }
    pipeline.publish(schedule.topics[topic]!, payload)
    sent.push({ topic, count })
  }
  if (sent.length > 0) void send(pipeline, sent)
}

/** Answers come in the order of sending, those of one connection's end included. */
async function send(pipeline: ChainableCommander, sent: readonly Sent[]): Promise<void> {
  unanswered++
  const results = await pipeline.exec().catch(() => null)
  unanswered--
  sent.forEach(({ topic, count }, i) => {
    const [error] = results?.[i] ?? [new Error('no answer')]
    if (error === null) {
      taken[topic] = count
      total++
    } else lost++
  })
}

function begin(): void {
  lateness.reset()
  latenessBefore.reset()
  sampledTotal = total
}

function sample(): PublisherSample {
  const published = total - sampledTotal
  const latenessMsP99 = lateness.percentileMs(99) ?? 0
  latenessBefore.add(lateness)
  lateness.reset()
  sampledTotal = total
  return { published, latenessMsP99 }
}

async function stop(): Promise<Published> {
  clearInterval(timer)
  const deadlineMs = wallMs() + FINISH_TIMEOUT_MS
  while (unanswered > 0) {
    if (wallMs() > deadlineMs) {
      throw new Error(
        `Redis has not answered for ${FINISH_TIMEOUT_MS / 1_000} s: no count is known`,
      )
    }
    await sleep(STEP_MS)
  }
  redis.disconnect()
  lateness.add(latenessBefore)
  return { counts: [...taken], total, lost, latenessMsP99: lateness.percentileMs(99) ?? 0 }
}
