/**
 * Receivers process: many receivers of one kind in a process of their own.
 * Driven by receivers.ts.
 */
import { createHistogram, performance } from 'node:perf_hooks'
import { answerParent } from './child.ts'
import { Receiver } from './receiver.ts'
import type { Figures, ReceiversRequest } from './receivers.ts'

const TICK_MS = 5
/** Handshakes at a time: a storm of them is another bench. */
const JOINING_MAX = 50

const receivers: Receiver[] = []
const ages = createHistogram()
let ageSumMs = 0
let begun = totals()
let utilization = performance.eventLoopUtilization()

function onAge(ageMs: number): void {
  ageSumMs += ageMs
  ages.record(Math.max(1, Math.round(ageMs * 1_000)))
}

async function answer(request: ReceiversRequest): Promise<unknown> {
  if (request === 'begin') return begin()
  if (request === 'report') return report()
  if ('exact' in request) return countExact(request.exact)
  if ('subscribe' in request) {
    for (const receiver of receivers) receiver.subscribe(request.subscribe)
    return null
  }
  const { count, ...options } = request.join
  while (receivers.length < count) {
    const some = Array.from(
      { length: Math.min(JOINING_MAX, count - receivers.length) },
      (_, i) => new Receiver({ ...options, topics: topicsOf(request.join, receivers.length + i), onAge }),
    )
    receivers.push(...some)
    await Promise.all(some.map((receiver) => receiver.join()))
  }
  if (options.bytesPerS !== null) {
    setInterval(() => {
      for (const receiver of receivers) receiver.tick()
    }, TICK_MS)
  }
  return null
}
