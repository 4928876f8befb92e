/**
 * What the flush does beside sending data: bytes made once, status, heartbeats, replies.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, expect, test, vi } from 'vitest'
import { REPLY_BACKLOG_BYTES_MAX } from '../../../src/fanout/flush.ts'
import { announce, heartbeat } from '../../../src/fanout/sweep.ts'
import { jsonDialect } from '../../../src/protocol/json.ts'
import { eventually } from '../../support/eventually.ts'
import { FakeOutlet } from '../../support/fake-outlet.ts'
import { Fanout } from '../../support/fanout.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

test('a version is encoded once, and equal lists of pending topics are joined once', () => {
  const encodeData = vi.spyOn(jsonDialect, 'encodeData')
  const append = vi.spyOn(jsonDialect, 'append')
  const fanout = new Fanout()
  const peers = Array.from({ length: 50 }, () => fanout.connect())
  for (const peer of peers) for (const name of ['t:A', 't:B', 't:C']) peer.join(name)
  for (const name of ['t:A', 't:B', 't:C']) fanout.update(name, { bid: '1' })
  fanout.endTurn()
  expect(encodeData).toHaveBeenCalledTimes(3)
  expect(append).toHaveBeenCalledTimes(3)
  for (const peer of peers) {
    peer.readAll()
    expect(peer.records.size).toBe(3)
  }
})

test('nothing is encoded for a topic that nobody listens to, or that only held lanes do', () => {
  const encodeData = vi.spyOn(jsonDialect, 'encodeData')
  const fanout = new Fanout()
  const peer = fanout.connect(undefined, new FakeOutlet({ kernelBytes: 0 }))
  peer.join('t:A')
  for (let i = 0; i < 10; i++) {
    fanout.update('t:A', { bid: `${i}` })
    fanout.update('t:B', { bid: `${i}` })
    fanout.endTurn()
  }
  expect(encodeData).toHaveBeenCalledTimes(1)
})

test('a held lane is told of the feed when it resumes, and only of the last state', () => {
  const fanout = new Fanout()
  const peer = fanout.connect(undefined, new FakeOutlet({ kernelBytes: 0 }))
  peer.join('t:A')
  fanout.update('t:A', { bid: '1' })
  fanout.endTurn()
  announce(fanout.flush, fanout.registry.lanes, { type: 'status', feed: 'down', since: 1 })
  fanout.endTurn()
  announce(fanout.flush, fanout.registry.lanes, { type: 'status', feed: 'live', since: 2 })
  fanout.endTurn()
  peer.readAll()
  expect(peer.messages.slice(1)).toEqual([{ type: 'status', feed: 'live', since: 2 }])
})

test('a heartbeat goes to lanes that were quiet, and to no others', () => {
  const fanout = new Fanout()
  const [quiet, busy] = [fanout.connect(), fanout.connect()]
  busy.join('t:A')
  fanout.nowMs = 4_000
  fanout.update('t:A', { bid: '1' })
  fanout.endTurn()
  fanout.nowMs = 5_000
  heartbeat(fanout.flush, fanout.registry.lanes, 5_000, 5_000)
  for (const peer of [quiet, busy]) peer.readAll()
  expect(quiet.messages).toEqual([{ type: 'heartbeat', at: 5_000 }])
  expect(busy.messages.map(({ type }) => type)).toEqual(['full'])
})

test('a client that asks on and on and reads nothing is closed, and owes no more than the limit', () => {
  const fanout = new Fanout()
  const outlet = new FakeOutlet({ kernelBytes: 0, limitBytes: 100 * REPLY_BACKLOG_BYTES_MAX })
  const peer = fanout.connect(undefined, outlet)
  const reply = new Uint8Array(64 * 1024)
  for (let i = 0; i < 16; i++) fanout.flush.reply(peer.lane, reply)
  expect(outlet.closeCode).toBeNull()
  expect(outlet.backlogBytes()).toBe(REPLY_BACKLOG_BYTES_MAX)
  for (let i = 0; i < 2; i++) fanout.flush.reply(peer.lane, reply)
  expect(outlet.closeCode).toBe(4001)
})

// The pause was taken out of a round trip that began after it: the lane learnt a distance of nothing.
test('a reply that is the first thing after a pause of our own loop is not measured by it', () => {
  const fanout = new Fanout()
  const peer = fanout.connect()
  fanout.nowMs += 400
  fanout.flush.reply(peer.lane, new Uint8Array(30))
  fanout.nowMs += 20
  fanout.tick()
  fanout.nowMs += 20
  const frame = peer.outlet.read()
  expect(frame).not.toBeNull()
  expect(fanout.flush.answered(peer.lane, peer.outlet.probes[0]!)).toBe(true)
  expect(peer.lane.credit!.window.rttMs).toBe(40)
})

test('a closed lane is kept by nobody', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const fanout = new Fanout()
  const lanes = Array.from({ length: 50 }, () => {
    const peer = fanout.connect()
    peer.join('t:A')
    return peer.lane
  })
  fanout.update('t:A', { bid: '1' })
  fanout.endTurn()
  const refs = lanes.map((lane) => new WeakRef(lane))
  for (const lane of lanes.splice(0)) fanout.registry.remove(lane)
  fanout.connect().join('t:A')
  fanout.endTurn()
  return eventually(() => {
    collect()
    expect(refs.filter((ref) => ref.deref() !== undefined).length).toBeLessThanOrEqual(1)
  })
})

test('a closed lane is sent nothing more', () => {
  const fanout = new Fanout()
  const peer = fanout.connect()
  peer.join('t:A')
  fanout.update('t:A', { bid: '1' })
  fanout.registry.remove(peer.lane)
  fanout.endTurn()
  fanout.flush.reply(peer.lane, new Uint8Array(3))
  heartbeat(fanout.flush, fanout.registry.lanes, 0, 1)
  expect(peer.read()).toBe(false)
  expect(fanout.registry.subscriptionCount).toBe(0)
})
