/**
 * Intervals: how often, when first, and together with what.
 */
import { expect, test } from 'vitest'
import { dueAfter } from '../../../src/fanout/intervals.ts'
import { type FakePeer, Fanout, TICK_MS } from '../../support/fanout.ts'

/** Lets time pass by the millisecond, with an update of each topic every `everyMs`; returns when frames came. */
function play(fanout: Fanout, peer: FakePeer, topics: string[], forMs: number, everyMs: number) {
  const framesAtMs: number[] = []
  const endMs = fanout.nowMs + forMs
  while (fanout.nowMs < endMs) {
    fanout.nowMs++
    if (fanout.nowMs % everyMs === 0) {
      for (const name of topics) fanout.update(name, { at: fanout.nowMs })
    }
    if (fanout.nowMs % TICK_MS === 0) fanout.tick()
    fanout.endTurn()
    const before = peer.frameCount
    while (peer.read());
    if (peer.frameCount > before) framesAtMs.push(fanout.nowMs)
  }
  return framesAtMs
}

test.each([
  {
    why: 'in the middle of an interval: the next moment but one',
    nowMs: 150,
    phase: 0,
    dueMs: 300,
  },
  { why: 'just behind a moment: the next moment', nowMs: 110, phase: 0, dueMs: 200 },
  { why: 'the lane has a phase of its own', nowMs: 110, phase: 0.5, dueMs: 250 },
])('$why', ({ nowMs, phase, dueMs }) => {
  expect(dueAfter(nowMs, 100, phase)).toBe(dueMs)
})

test('a busy topic is sent once an interval, and always the latest', () => {
  const fanout = new Fanout()
  const peer = fanout.connect()
  peer.join('t:A', 'full', 250)
  const framesAtMs = play(fanout, peer, ['t:A'], 10_000, 5)
  expect(framesAtMs.length).toBeGreaterThanOrEqual(39)
  expect(framesAtMs.length).toBeLessThanOrEqual(41)
  for (const { data } of peer.messages.slice(1)) {
    const { at } = data as { at: number }
    expect(framesAtMs.some((atMs) => atMs - at < 5)).toBe(true)
  }
  expect(peer.lane.supersededCount).toBe(0)
  expect(fanout.counters.paced).toBeGreaterThan(1_900)
})

test('the first change after a quiet spell is sent at once', () => {
  const fanout = new Fanout()
  const peer = fanout.connect()
  peer.join('t:A', 'full', 1_000)
  play(fanout, peer, ['t:A'], 100, 100)
  play(fanout, peer, [], 5_000, 1)
  fanout.update('t:A', { last: true })
  fanout.endTurn()
  expect(peer.read()).toBe(true)
})

test('what waits is sent when the interval is over, though nothing more comes', () => {
  const fanout = new Fanout()
  const peer = fanout.connect()
  peer.join('t:A', 'full', 1_000)
  fanout.update('t:A', { n: 1 })
  fanout.update('t:A', { n: 2 })
  play(fanout, peer, [], 30, 1)
  fanout.update('t:A', { n: 3 })
  play(fanout, peer, [], 30, 1)
  expect(peer.records.get('t:A')).toEqual({ n: 2 })
  play(fanout, peer, [], 2_000, 1)
  expect(peer.records.get('t:A')).toEqual({ n: 3 })
})

test("a lane's topics travel in one frame", () => {
  const fanout = new Fanout()
  const peer = fanout.connect()
  const topics = Array.from({ length: 50 }, (_, i) => `t:${i}`)
  for (const name of topics) peer.join(name, 'full', 250)
  const framesAtMs = play(fanout, peer, topics, 10_000, 20)
  expect(framesAtMs.length).toBeLessThanOrEqual(42)
  expect(peer.counts.full).toBeGreaterThanOrEqual(50 * 38)
})

test('topics that change at random travel in one frame as well', () => {
  // A topic that had been quiet for an interval was sent by itself: 50 of them made 20 frames a second out of 4.
  const fanout = new Fanout()
  const peer = fanout.connect()
  const topics = Array.from({ length: 50 }, (_, i) => `t:${i}`)
  for (const name of topics) peer.join(name, 'full', 250)
  const changes = new Map(topics.map((name) => [name, 0]))
  const framesAtMs: number[] = []
  let state = 1
  for (let i = 0; i < 10_000; i++) {
    // One update in 2 ms: each topic every 100 ms in the mean, and some rest for more than 250 ms.
    if (i % 2 === 0) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      const name = topics[Math.floor((state / 2 ** 32) * topics.length)]!
      changes.set(name, i)
      fanout.update(name, { at: i })
    }
    framesAtMs.push(...play(fanout, peer, [], 1, 1))
  }
  expect(framesAtMs.length).toBeLessThanOrEqual(42)
  play(fanout, peer, [], 500, 1)
  for (const [name, at] of changes) expect(peer.records.get(name)).toEqual({ at })
})

test('lanes do not all send at the same moment', () => {
  const fanout = new Fanout()
  const peers = Array.from({ length: 100 }, () => fanout.connect())
  for (const peer of peers) peer.join('t:A', 'full', 1_000)
  const sentAtMs = peers.map(() => 0)
  for (; fanout.nowMs < 5_000; fanout.nowMs++) {
    fanout.update('t:A', { at: fanout.nowMs })
    if (fanout.nowMs % TICK_MS === 0) fanout.tick()
    fanout.endTurn()
    for (const [i, peer] of peers.entries()) while (peer.read()) sentAtMs[i] = fanout.nowMs
  }
  const together = sentAtMs.map((atMs) => sentAtMs.filter((other) => other === atMs).length)
  expect(Math.max(...together)).toBeLessThanOrEqual(5)
})

test('an interval can be changed while a value waits, and given up', () => {
  const fanout = new Fanout()
  const peer = fanout.connect()
  peer.join('t:A', 'full', 60_000)
  play(fanout, peer, ['t:A'], 1_000, 100)
  peer.join('t:A', 'full', 100)
  expect(play(fanout, peer, ['t:A'], 1_000, 10).length).toBeGreaterThanOrEqual(9)
  peer.join('t:A', 'full', 0)
  expect(play(fanout, peer, ['t:A'], 1_000, 10).length).toBeGreaterThanOrEqual(100)
})

test('a client that asks for ever new intervals leaves nothing behind', () => {
  const fanout = new Fanout()
  const peer = fanout.connect()
  for (let i = 0; i < 100; i++) {
    peer.join('t:A', 'full', 50 + i)
    play(fanout, peer, ['t:A'], 10, 1)
  }
  expect(peer.lane.groups?.size).toBe(1)
})

test('a topic that is joined does not postpone what waits', () => {
  const fanout = new Fanout()
  const peer = fanout.connect()
  peer.join('t:A', 'full', 1_000)
  play(fanout, peer, ['t:A'], 1_000, 10)
  for (let i = 0; i < 20; i++) {
    fanout.update(`t:${i}`, { i })
    peer.join(`t:${i}`, 'full', 1_000)
    play(fanout, peer, ['t:A'], 100, 10)
  }
  const { at } = peer.records.get('t:A') as { at: number }
  expect(fanout.nowMs - at).toBeLessThanOrEqual(1_000 + 2 * TICK_MS)
})

test('a subscription that ends while it waits is not sent, and leaves nothing behind', () => {
  const fanout = new Fanout()
  const peer = fanout.connect()
  peer.join('t:A', 'full', 1_000)
  play(fanout, peer, ['t:A'], 100, 10)
  const { frameCount } = peer
  fanout.registry.leave(peer.lane, fanout.market.find('t:A')!)
  play(fanout, peer, ['t:A'], 3_000, 10)
  expect(peer.frameCount).toBe(frameCount)
  expect([...(peer.lane.groups?.values() ?? [])].every(({ waiting }) => waiting.length === 0)).toBe(
    true,
  )
})
