/**
 * Watchdog: goal: a Redis that answers late is given up in bounded time, and one whose answers merely were not read yet is
 * not. Method: a stand-in that keeps its answers back; the clock and the ticks are set by hand.
 */
import type { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Watchdog } from '../../../src/ingest/watchdog.ts'

const TICK_MS = 500
let nowMs: number
let unanswered: (() => void)[]
let lateness: string[]
let watchdog: Watchdog

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  nowMs = 1_000
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs)
  unanswered = []
  lateness = []
  const ping = () => new Promise<void>((resolve) => void unanswered.push(resolve))
  const redis = { status: 'ready', ping } as unknown as Redis // all that it asks of one
  watchdog = new Watchdog(redis, (why) => void lateness.push(why))
})

afterEach(() => {
  watchdog.stop()
  vi.restoreAllMocks()
  vi.useRealTimers()
})

function tick(afterMs = TICK_MS): void {
  nowMs += afterMs
  vi.advanceTimersByTime(TICK_MS)
}

async function answer(count: number): Promise<void> {
  for (const resolve of unanswered.splice(0, count)) resolve()
  await Promise.resolve()
  await Promise.resolve()
}

test('no answer at all: said once, within 3.5 s of the connection', () => {
  for (let ms = 0; ms < 3_500; ms += TICK_MS) tick()
  expect(lateness).toEqual(['no answer for 2 s'])
  for (let i = 0; i < 20; i++) tick()
  expect(lateness).toHaveLength(1)
})

test('answers that are slow, and no slower than that: never', async () => {
  for (let i = 0; i < 100; i++) {
    tick()
    if (unanswered.length === 4) await answer(1)
  }
  expect(lateness).toEqual([])
})

test('answers that fall behind more and more: found, though there always is one', async () => {
  for (let i = 0; i < 40; i++) {
    tick()
    if (i % 2 === 0) await answer(1)
  }
  expect(lateness).toHaveLength(1)
})

test('a pause of the own loop, with answers that lie there unread: never', async () => {
  tick()
  for (let i = 0; i < 10; i++) {
    tick(60_000)
    await answer(unanswered.length)
  }
  expect(lateness).toEqual([])
})
