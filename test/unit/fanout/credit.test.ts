/**
 * Credit by itself: rules that the runs over simulated links do not single out.
 */
import { expect, test } from 'vitest'
import { Credit, FRAME_BYTES_MAX } from '../../../src/fanout/credit.ts'
import { PauseClock } from '../../../src/fanout/pause-clock.ts'
import { WINDOW_BYTES_START } from '../../../src/fanout/window.ts'
import { FakeOutlet } from '../../support/fake-outlet.ts'
import { CREDIT, Fanout, TICK_MS } from '../../support/fanout.ts'

/** Sends all that there is room for at one moment; returns the bytes and the probes. */
function fill(credit: Credit, nowMs: number) {
  const numbers: number[] = []
  let bytes = 0
  for (let room = credit.roomBytes(nowMs, 0); room > 0; room = credit.roomBytes(nowMs, 0)) {
    credit.sent(Math.floor(room), nowMs)
    bytes += Math.floor(room)
    if (credit.wantsProbe(nowMs)) numbers.push(credit.probe(nowMs, 0))
  }
  return { bytes, numbers }
}

test('a link that nothing is known of is given one window, and the last thing on it is a probe', () => {
  const credit = new Credit(CREDIT, 0)
  const { bytes, numbers } = fill(credit, 0)
  expect(bytes).toBeGreaterThanOrEqual(WINDOW_BYTES_START * 0.9)
  expect(bytes).toBeLessThanOrEqual(WINDOW_BYTES_START + FRAME_BYTES_MAX)
  expect(credit.wantsProbe(0)).toBe(false)
  expect(credit.answered(numbers.at(-1)!, 5, 0)).toBe(true)
  expect(credit.inFlightBytes).toBe(0)
})

test('an answer counts for all probes before it, and none counts twice', () => {
  const credit = new Credit(CREDIT, 0)
  const { numbers } = fill(credit, 0)
  expect(numbers.length).toBeGreaterThanOrEqual(2)
  expect(credit.answered(numbers[1]!, 5, 0)).toBe(true)
  expect(credit.answered(numbers[0]!, 6, 0)).toBe(false)
  expect(credit.answered(numbers[1]!, 6, 0)).toBe(false)
})

test('a number that was never sent answers nothing', () => {
  const credit = new Credit(CREDIT, 0)
  const { bytes } = fill(credit, 0)
  for (const number of [0, -1, 4_000_000_000, 99]) expect(credit.answered(number, 5, 0)).toBe(false)
  expect(credit.inFlightBytes).toBe(bytes)
})

test('the brake holds a lane whose answer is late, though its window has room', () => {
  const credit = new Credit(CREDIT, 0)
  credit.sent(100, 0)
  const first = credit.probe(0, 0)
  credit.answered(first, 10, 0)
  credit.sent(100, 20)
  const second = credit.probe(20, 0)
  expect(credit.roomBytes(100, 0)).toBeGreaterThan(0)
  expect(credit.roomBytes(20 + 10 + 2 * CREDIT.laneDelayMs + 15, 0)).toBe(0)
  expect(credit.unansweredMs(520, 0)).toBe(500)
  credit.answered(second, 530, 0)
  expect(credit.roomBytes(531, 0)).toBeGreaterThan(0)
})

test('the brake does not mistake a pause of our own loop for the link', () => {
  const credit = new Credit(CREDIT, 0)
  credit.sent(100, 0)
  credit.answered(credit.probe(0, 0), 10, 0)
  credit.sent(100, 20)
  const number = credit.probe(20, 0)
  expect(credit.roomBytes(620, 590)).toBeGreaterThan(0)
  credit.answered(number, 620, 590)
  expect(credit.window.rttMs).toBe(10)
})

test('a pause is what a gap between two looks has above the tick', () => {
  const clock = new PauseClock(TICK_MS, 0)
  for (const nowMs of [25, 40, 65, 565, 566, 590]) clock.observe(nowMs)
  expect(clock.pausedMs).toBe(475)
})

test('a client that answers nothing is held after one window, and reaped in time', () => {
  const fanout = new Fanout()
  const outlet = new FakeOutlet({ kernelBytes: 100_000_000 })
  const peer = fanout.connect(undefined, outlet)
  for (let i = 0; i < 100; i++) peer.join(`t:${i}`)
  while (fanout.nowMs < 30_000) {
    fanout.nowMs += TICK_MS
    for (let i = 0; i < 100; i++) fanout.update(`t:${i}`, { at: fanout.nowMs })
    fanout.tick()
    fanout.endTurn()
  }
  expect(peer.lane.hold).toBe('credit')
  expect(peer.lane.credit!.inFlightBytes).toBeLessThanOrEqual(WINDOW_BYTES_START + FRAME_BYTES_MAX)
  expect(fanout.flush.sender.unreadMs(peer.lane, fanout.nowMs)).toBeGreaterThan(29_000)
  peer.readAll()
  expect(peer.records.get('t:99')).toEqual({ at: 30_000 })
})

test('frames of half a window that come one by one find room', () => {
  // Lanes with an interval send such frames. What no probe had followed stood against the next one, read long since,
  // which was then cut in two and held.
  const credit = new Credit(CREDIT, 0)
  for (let nowMs = 250; nowMs < 10_000; nowMs += 250) {
    const bytes = WINDOW_BYTES_START / 2 + (nowMs % 500 === 0 ? 700 : -300)
    expect(credit.roomBytes(nowMs, 0)).toBeGreaterThanOrEqual(bytes)
    credit.sent(bytes, nowMs)
    if (credit.wantsProbe(nowMs)) credit.answered(credit.probe(nowMs, 0), nowMs + 5, 0)
  }
})

test('pauses of a fraction of a ms do not keep a window from shrinking', () => {
  // A timer is always late by a little. While all lanes were held nothing else looked at the clock, so every sample
  // counted as disturbed, and 50 kB/s readers sat behind the first window for seconds, at 350 ms.
  const credit = new Credit(CREDIT, 0)
  const bytesPerMs = 50
  const answers: { number: number; atMs: number }[] = []
  let freeAtMs = 0
  for (let nowMs = 1; nowMs < 5_000; nowMs++) {
    const pausedMs = nowMs * 0.02
    while (answers[0] !== undefined && answers[0].atMs <= nowMs) {
      credit.answered(answers.shift()!.number, nowMs, pausedMs)
    }
    const room = credit.roomBytes(nowMs, pausedMs)
    if (room === 0) credit.limited(nowMs)
    else credit.sent(room, nowMs)
    freeAtMs = Math.max(freeAtMs, nowMs) + room / bytesPerMs
    if (!credit.wantsProbe(nowMs)) continue
    answers.push({ number: credit.probe(nowMs, pausedMs), atMs: freeAtMs })
  }
  expect(credit.window.bytes).toBeLessThan(bytesPerMs * 2 * CREDIT.laneDelayMs)
})

// It was sent out of a grant that only thought of frames like the last; and the next one found no room.
test('a large frame behind small ones is followed by a probe, so that the next finds room', () => {
  const credit = new Credit({ ...CREDIT, windowBytesMax: WINDOW_BYTES_START }, 0)
  let number = 0
  const send = (bytes: number, nowMs: number) => {
    if (credit.spend(bytes, nowMs)) return
    expect(credit.roomBytes(nowMs, 0)).toBeGreaterThanOrEqual(bytes)
    credit.sent(bytes, nowMs)
    if (credit.wantsProbe(nowMs)) number = credit.probe(nowMs, 0)
    credit.grant(nowMs, 0)
  }
  send(100, 0)
  credit.answered(number, 5, 0)
  send(100, 10)
  send(8_000, 20)
  expect(credit.answered(number, 25, 0)).toBe(true)
  send(8_400, 270)
})

// They doubled the window, and whoever then joined 200 topics over 50 kb/s read values 5 s old instead of 3.
test('answers to greetings and heartbeats say nothing of how much a link can carry', () => {
  const credit = new Credit(CREDIT, 0)
  const send = (bytes: number, nowMs: number) => {
    credit.sent(bytes, nowMs)
    credit.answered(credit.probe(nowMs, 0), nowMs + 10, 0)
  }
  for (let i = 0; i < 1_000; i++) send(60, i * 5_000)
  expect(credit.window.bytes).toBe(WINDOW_BYTES_START)
  for (let i = 1_000; i < 1_003; i++) send(FRAME_BYTES_MAX, i * 5_000)
  expect(credit.window.bytes).toBe(2 * FRAME_BYTES_MAX)
})
