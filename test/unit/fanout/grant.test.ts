/**
 * Goal: a grant changes nothing but the cost. Whatever is spent of it, there was room for, no probe was due behind it
 * and no drain or brake was put off; so probes, windows and what is in flight are those of a lane without grants.
 * Method: the same frames, answers and pauses for two credits, one of which is never granted anything; on clocks that
 * begin at any uptime.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Credit } from '../../../src/fanout/credit.ts'

const UPTIMES_MS = [0.5, 2 ** 31 - 2_000, 3e9 + 0.25]

const step = fc.record({
  /** Time until the frame, and how much of it our own loop stood still. */
  waitMs: fc.oneof(
    { weight: 20, arbitrary: fc.double({ min: 0, max: 30, noNaN: true }) },
    { weight: 1, arbitrary: fc.double({ min: 0, max: 1_500, noNaN: true }) },
  ),
  pausedPart: fc.constantFrom(0, 0, 0, 0, 0.5, 1),
  frame: fc.oneof(fc.integer({ min: 20, max: 800 }), fc.integer({ min: 20, max: 9_000 })),
  isReply: fc.constantFrom(true, ...Array.from({ length: 15 }, () => false)),
})
const link = fc.record({
  bytesPerMs: fc.constantFrom(5, 50, 500, 1e6),
  rttMs: fc.constantFrom(0.3, 20, 100, 400),
  windowBytesMin: fc.constantFrom(600, 2_048, 8_192),
  laneDelayMs: fc.constantFrom(20, 100),
  uptimeMs: fc.constantFrom(...UPTIMES_MS),
  /** Frames this much smaller or larger. */
  scale: fc.constantFrom(0.1, 0.5, 1),
})

/** What a lane knows and does by its credit. */
function books(credit: Credit): unknown {
  const { inFlightBytes, owesBaseProbe, window } = credit
  const { bytes, rttMs, rttMinMs, bytesPerMs } = window
  return { inFlightBytes, owesBaseProbe, bytes, rttMs, rttMinMs, bytesPerMs }
}

test('a lane that is granted bytes does as one that asks for each frame', () => {
  const steps = fc.array(step, { minLength: 100, maxLength: 300 })
  let spentFrames = 0
  const property = fc.property(link, steps, (way, frames) => {
    const settings = { ...way, windowBytesMax: 1_048_576 }
    const [asking, granted] = [
      new Credit(settings, way.uptimeMs),
      new Credit(settings, way.uptimeMs),
    ]
    const answers: { number: number; atMs: number }[] = []
    let [nowMs, pausedMs, freeAtMs] = [way.uptimeMs, 0, 0]
    const probe = () => {
      expect(granted.wantsProbe(nowMs)).toBe(asking.wantsProbe(nowMs))
      if (!asking.wantsProbe(nowMs)) return
      const number = asking.probe(nowMs, pausedMs)
      expect(granted.probe(nowMs, pausedMs)).toBe(number)
      answers.push({ number, atMs: Math.max(freeAtMs, nowMs) + way.rttMs })
    }
    for (const { waitMs, pausedPart, frame, isReply } of frames) {
      nowMs += waitMs
      pausedMs += waitMs * pausedPart
      while (answers[0] !== undefined && answers[0].atMs <= nowMs) {
        const { number } = answers.shift()!
        for (const credit of [asking, granted]) credit.answered(number, nowMs, pausedMs)
      }
      const bytes = Math.ceil(frame * way.scale)
      const roomBytes = asking.roomBytes(nowMs, pausedMs)
      if (!isReply && granted.spend(bytes, Math.floor(nowMs))) {
        spentFrames++
        expect(asking.owesBaseProbe).toBe(false)
        expect(roomBytes).toBeGreaterThanOrEqual(bytes)
        asking.sent(bytes, nowMs)
        expect(asking.wantsProbe(nowMs)).toBe(false)
        freeAtMs = Math.max(freeAtMs, nowMs) + bytes / way.bytesPerMs
      } else {
        if (asking.owesBaseProbe) probe()
        const sentBytes = isReply ? bytes : Math.min(bytes, Math.floor(roomBytes))
        for (const credit of [asking, granted]) {
          if (sentBytes === 0) credit.limited(nowMs)
          else credit.sent(sentBytes, nowMs)
        }
        freeAtMs = Math.max(freeAtMs, nowMs) + sentBytes / way.bytesPerMs
        probe()
        if (sentBytes > 0) granted.grant(nowMs, pausedMs)
      }
      expect(books(granted)).toEqual(books(asking))
    }
  })
  fc.assert(property, { numRuns: 200 })
  expect(spentFrames).toBeGreaterThan(1_000)
})
