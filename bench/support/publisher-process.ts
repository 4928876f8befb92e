/**
 * Publisher process: updates at a fixed rate, each due at a time of its own on an absolute schedule, whatever becomes
 * of those before it (open loop). A payload carries the time at which it was due, so lateness here is age there.
 * Driven by publisher.ts.
 */
import { createHistogram } from 'node:perf_hooks'
import { Redis } from 'ioredis'
import { answerParent } from './child.ts'
import { wallMs } from './clock.ts'
import { payloadOf, topicNames } from './payload.ts'
import type { Load, Published, PublisherRequest } from './publisher.ts'

/** What is due is published in steps: two timers a ms would cost more than the work. */
const STEP_MS = 5

const lateness = createHistogram()
let counts: number[] = []
let total = 0
let timer: NodeJS.Timeout | undefined
let redis: Redis
let unanswered: Promise<unknown> = Promise.resolve()

answerParent((request: PublisherRequest) => {
  if (request === 'begin') return lateness.reset()
  return request === 'stop' ? stop() : start(request)
})

async function start({ url, topics, updatesPerS, order }: Load): Promise<void> {
  redis = new Redis(url)
  await redis.ping()
  const names = topicNames(topics)
  counts = names.map(() => 0)
  const pick = order === 'turns' ? () => total % topics : shuffled(topics)
  const beganMs = wallMs()
  timer = setInterval(() => {
    const pipeline = redis.pipeline()
    const nowMs = wallMs()
    for (;;) {
      const dueMs = beganMs + (total * 1_000) / updatesPerS
      if (dueMs > nowMs) break
      // Every topic has a value early on, whatever the order.
      const topic = total < topics ? total : pick()
      const count = ++counts[topic]!
      total++
      lateness.record(Math.max(1, Math.round((nowMs - dueMs) * 1_000)))
      pipeline.publish(names[topic]!, payloadOf(topic, count, dueMs))
    }
    unanswered = pipeline.exec()
  }, STEP_MS)
}

async function stop(): Promise<Published> {
  clearInterval(timer)
  await unanswered
  redis.disconnect()
  return { counts, total, latenessMsP99: lateness.percentile(99) / 1_000 }
}

/** Independent picks, the same in each run: Numerical Recipes' generator, its high bits. */
function shuffled(topics: number): () => number {
  let state = 1
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * topics)
  }
}
