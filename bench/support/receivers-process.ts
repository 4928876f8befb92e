/**
 * Receivers process: many receivers of one kind in a process of their own.
 * Driven by receivers.ts.
 */
import { createHistogram, performance } from 'node:perf_hooks'
import { answerParent } from './child.ts'
import { topicNames } from './payload.ts'
import { Receiver } from './receiver.ts'
import type { Figures, JoinRequest, ReceiversRequest } from './receivers.ts'

const TICK_MS = 5
/** Handshakes at a time: a storm of them is another bench. */
const JOINING_MAX = 50

const receivers: Receiver[] = []
const ages = createHistogram()
let begun = totals()
let utilization = performance.eventLoopUtilization()

answerParent((request: ReceiversRequest) => {
  if (request === 'begin') return begin()
  if (request === 'report') return report()
  if ('join' in request) return join(request.join)
  if ('exact' in request) return countExact(request.exact)
  for (const receiver of receivers) receiver.subscribe(request.subscribe)
})

async function join(request: JoinRequest): Promise<void> {
  const { count, bytesPerS } = request
  while (receivers.length < count) {
    const some: Receiver[] = []
    for (let i = Math.min(JOINING_MAX, count - receivers.length); i > 0; i--) {
      const topics = topicsOf(request, receivers.length + i)
      some.push(new Receiver({ ...request, topics, onAge }))
    }
    receivers.push(...some)
    const ticking = bytesPerS === null ? undefined : setInterval(() => tick(some), TICK_MS)
    await Promise.all(some.map((receiver) => receiver.join()))
    clearInterval(ticking)
  }
  if (bytesPerS !== null) setInterval(() => tick(receivers), TICK_MS)
}

function tick(some: readonly Receiver[]): void {
  for (const receiver of some) receiver.tick()
}

/** Neighbours share few topics, and every topic has as many receivers as any other. */
function topicsOf({ topics, topicsEach }: JoinRequest, number: number): string[] {
  const all = topicNames(topics)
  if (topicsEach === topics) return all
  return Array.from({ length: topicsEach }, (_, i) => all[(number * 7 + i * 11) % topics]!)
}

function onAge(ageMs: number): void {
  // Whole us, of which a histogram takes 1 and more.
  ages.record(Math.max(1, Math.round(ageMs * 1_000)))
}

function begin(): void {
  ages.reset()
  begun = totals()
  utilization = performance.eventLoopUtilization()
}

function report(): Figures {
  const now = totals()
  const ms = (us: number) => us / 1_000
  return {
    frames: now.frames - begun.frames,
    messages: now.messages - begun.messages,
    bytes: now.bytes - begun.bytes,
    disorders: now.disorders,
    closed: receivers.filter(({ isClosed }) => isClosed).length,
    ageMs: {
      p50: ms(ages.percentile(50)),
      p99: ms(ages.percentile(99)),
      max: ages.count === 0 ? Number.NaN : ms(ages.max),
    },
    utilization: performance.eventLoopUtilization(utilization).utilization,
  }
}

function totals() {
  const sum = { frames: 0, messages: 0, bytes: 0, disorders: 0 }
  for (const { frameCount, messageCount, byteCount, disorderCount } of receivers) {
    sum.frames += frameCount
    sum.messages += messageCount
    sum.bytes += byteCount
    sum.disorders += disorderCount
  }
  return sum
}

/** How many hold the last value of each of their topics. */
function countExact(published: readonly number[]): number {
  return receivers.filter((receiver) => receiver.isExact(published)).length
}
