/**
 * Multicast: goal: whatever lanes share, each is sent exactly what it should be. Method: many lanes whose changes
 * overlap, in one turn; lanes that drop out of what is shared, and come back.
 */
import { expect, test, vi } from 'vitest'
import { BATCHES_MAX } from '../../../src/fanout/batches.ts'
import { FRAME_BYTES_MAX } from '../../../src/fanout/credit.ts'
import { WINDOW_BYTES_START } from '../../../src/fanout/window.ts'
import type { Topic } from '../../../src/market/topic.ts'
import { jsonDialect } from '../../../src/protocol/json.ts'
import { msgpackDialect } from '../../../src/protocol/msgpack.ts'
import { FakeOutlet } from '../../support/fake-outlet.ts'
import { type FakePeer, Fanout } from '../../support/fanout.ts'

/** A lane for each pair of topics. */
function pairs(fanout: Fanout, topics: number): FakePeer[] {
  const peers: FakePeer[] = []
  for (let a = 0; a < topics; a++) {
    for (let b = a + 1; b < topics; b++) {
      const peer = fanout.connect()
      for (const topic of [a, b]) peer.join(`t:${topic}`)
      peers.push(peer)
    }
  }
  return peers
}

// Lanes that found no room for their batch were sent what they had of it twice.
test('beyond the batches of a turn, every lane is still sent each change once, in one frame', () => {
  const TOPICS = 50
  const fanout = new Fanout()
  const peers = pairs(fanout, TOPICS)
  expect(peers.length).toBeGreaterThan(BATCHES_MAX)
  for (let round = 1; round <= 3; round++) {
    for (let i = 0; i < TOPICS; i++) fanout.update(`t:${i}`, { n: round })
    fanout.endTurn()
    for (const peer of peers) while (peer.read());
    expect(fanout.endTurn()).toBe(false)
    expect(peers.filter(({ frameCount }) => frameCount !== round)).toEqual([])
    expect(peers.filter(({ messages }) => messages.length !== round * 2)).toEqual([])
  }
  expect(peers.flatMap(({ violations }) => violations)).toEqual([])
  expect(fanout.counters.sent[0]).toMatchObject({
    ...{ frames: peers.length * 3, messages: peers.length * 6 },
  })
})

test('lanes with the same changes are sent the same bytes, wherever they stand', () => {
  const append = vi.spyOn(jsonDialect, 'append')
  const fanout = new Fanout()
  const lists = [
    ['t:A', 't:B'],
    ['t:B', 't:C'],
    ['t:A', 't:C'],
  ]
  for (let i = 0; i < 30; i++) {
    const peer = fanout.connect()
    for (const name of lists[i % 3]!) peer.join(name)
  }
  for (const name of ['t:A', 't:B', 't:C']) fanout.update(name, { bid: '1' })
  fanout.endTurn()
  expect(append).toHaveBeenCalledTimes(3 * 2)
  append.mockRestore()
})

test('dialects and modes of one topic are kept apart', () => {
  const fanout = new Fanout()
  fanout.update('t:A', { bid: '1', ask: '2' })
  const peers = [jsonDialect, msgpackDialect].flatMap((dialect) =>
    (['full', 'delta'] as const).map((mode) => {
      const peer = fanout.connect(dialect)
      for (const name of ['t:A', 't:B']) peer.join(name, mode)
      return peer
    }),
  )
  for (const peer of peers) peer.readAll()
  for (const name of ['t:A', 't:B']) fanout.update(name, { bid: '3' })
  for (const peer of peers) peer.readAll()
  const types = peers.map(({ messages }) => messages.map(({ type }) => type).join(' '))
  expect(types).toEqual(['full full full', 'full delta full', 'full full full', 'full delta full'])
  for (const { records } of peers) expect(records.get('t:A')).toEqual({ bid: '3', ask: '2' })
})

test('a lane that was held is sent deltas from where it stopped, and then along with the others again', () => {
  const fanout = new Fanout()
  fanout.update('t:A', { bid: '0', ask: '0' })
  const outlet = new FakeOutlet({ kernelBytes: 0 })
  const [held, free] = [fanout.connect(undefined, outlet), fanout.connect()]
  for (const peer of [held, free]) peer.join('t:A', 'delta')
  fanout.endTurn()
  expect(held.lane.isCurrent).toBe(false)
  for (const bid of ['1', '2']) {
    fanout.update('t:A', { bid })
    fanout.endTurn()
  }
  held.readAll()
  expect(held.lane.isCurrent).toBe(true)
  fanout.update('t:A', { bid: '3' })
  for (const peer of [held, free]) peer.readAll()
  expect(held.messages.map(({ type, seq }) => [type, seq])).toEqual([
    ['full', 1],
    ['full', 3],
    ['delta', 4],
  ])
  expect(free.messages.map(({ type }) => type)).toEqual(['full', 'delta', 'delta', 'delta'])
})

test('what has changed of many topics at once is divided into frames, and nothing is lost', () => {
  const fanout = new Fanout(false)
  const peers = [fanout.connect(), fanout.connect()]
  for (const peer of peers) for (let i = 0; i < 100; i++) peer.join(`t:${i}`)
  for (let i = 0; i < 100; i++) fanout.update(`t:${i}`, { text: 'x'.repeat(500), n: i })
  let frames = 0
  while (fanout.endTurn()) {
    for (const { lane } of peers) expect(lane.outlet.backlogBytes()).toBeLessThan(FRAME_BYTES_MAX)
    frames++
  }
  expect(frames).toBeGreaterThan(3)
  for (const peer of peers) {
    peer.readAll()
    expect(peer.records.size).toBe(100)
    expect(peer.violations).toEqual([])
  }
})

test('a topic of a whole channel begins with its whole value, also when it changes twice in its first turn', () => {
  const fanout = new Fanout()
  const peer = fanout.connect()
  peer.joinChannel('t', { mode: 'delta' })
  fanout.update('t:A', { bid: '1', ask: '2' })
  fanout.update('t:A', { bid: '3' })
  peer.readAll()
  expect(peer.messages.map(({ type }) => type)).toEqual(['full'])
  expect(peer.records.get('t:A')).toEqual({ bid: '3', ask: '2' })
})

// A stored record may be hours old: what clients of the whole channel are sent of it says nothing of the fan-out.
test('the age of a first value is not counted', () => {
  const fanout = new Fanout()
  const peers = [fanout.connect(), fanout.connect(msgpackDialect)]
  for (const peer of peers) peer.joinChannel('t')
  fanout.nowMs = 3_600_000
  const stored = fanout.market.reload('t:A', { bid: '1', ts: 0 }, fanout.nowMs)
  fanout.registry.mark(stored as Topic)
  for (const peer of peers) peer.readAll()
  expect(peers.map(({ messages }) => messages.length)).toEqual([1, 1])
  expect(fanout.counters.ageMs).toMatchObject({ total: 0, sum: 0 })
  fanout.update('t:A', { bid: '2' })
  fanout.nowMs += 3
  fanout.endTurn()
  expect(fanout.counters.ageMs).toMatchObject({ total: 2, sum: 6 })
})

// Each cost two system calls, and a turn in which nothing was left to do.
test.each([
  { why: 'changes do not fit into one', topics: 40, bytes: 500, intervalMs: 0, frames: 2 },
  {
    why: 'some changes are of topics that have an interval',
    topics: 2,
    bytes: 5,
    intervalMs: 50,
    frames: 1,
  },
])('a lane is sent one frame a turn where $why', ({ topics, bytes, intervalMs, frames }) => {
  const fanout = new Fanout(false)
  const peer = fanout.connect()
  for (let i = 0; i < topics; i++) peer.join(`t:${i}`, 'full', i % 2 === 0 ? 0 : intervalMs)
  for (let i = 0; i < topics; i++) fanout.update(`t:${i}`, { n: 0 })
  peer.readAll()
  fanout.nowMs += 1_000
  const before = peer.frameCount
  for (let i = 0; i < topics; i++) fanout.update(`t:${i}`, { text: 'x'.repeat(bytes) })
  for (let i = 1; i <= frames; i++) {
    expect(fanout.endTurn()).toBe(true)
    while (peer.read());
    expect(peer.frameCount).toBe(before + i)
  }
  expect(fanout.endTurn()).toBe(false)
  expect(peer.records.get(`t:${topics - 1}`)).toEqual({ n: 0, text: 'x'.repeat(bytes) })
})

test('a lane that had no room when the last of its queue ended is current again', () => {
  const fanout = new Fanout()
  fanout.update('t:A', { bid: '1' })
  const { lane } = fanout.connect()
  fanout.flush.reply(lane, new Uint8Array(WINDOW_BYTES_START))
  expect(lane.isCurrent).toBe(true)
  fanout.registry.join(lane, fanout.market.find('t:A')!, { mode: 'full', intervalMs: 0 })
  fanout.registry.leave(lane, fanout.market.find('t:A')!)
  fanout.endTurn()
  expect(lane).toMatchObject({ isCurrent: true, hold: 'none', isDirty: false })
})
