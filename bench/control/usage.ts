/**
 * Usage: what a control server tells of itself to the process that started it: how busy its event loop was since the
 * last time it was asked, and how long garbage collection has taken since the start.
 */
import { PerformanceObserver, performance } from 'node:perf_hooks'

export const QUESTION = 'usage'

export interface ControlUsage {
  /** From 0 to 1, since it was asked before. */
  readonly utilization: number
  /** Since the start. */
  readonly gcMs: number
}

/** Answers each IPC message `usage`. Without a parent that might ask, does nothing. */
export function answerUsage(): void {
  if (process.send === undefined) return
  let gcMs = 0
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) gcMs += duration
  }).observe({ entryTypes: ['gc'] })

  let before = performance.eventLoopUtilization()
  process.on('message', (question) => {
    if (question !== QUESTION) return
    const { utilization } = performance.eventLoopUtilization(before)
    before = performance.eventLoopUtilization()
    const usage: ControlUsage = { utilization, gcMs }
    process.send!(usage)
  })
  process.on('disconnect', () => process.exit())
}
