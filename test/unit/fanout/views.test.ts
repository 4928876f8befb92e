/**
 * Readers of delayed views: goal: a view's topics are topics like any other, in the same registry, and nobody gets
 * those of another view. Method: the fan-out over a live market and a view, in simulated time.
 */
import { expect, test } from 'vitest'
import type { Topic } from '../../../src/market/topic.ts'
import { msgpackDialect } from '../../../src/protocol/msgpack.ts'
import { Fanout } from '../../support/fanout.ts'

const DELAY_MS = 1_000

/** Live data of t:A, delayed data of all else. */
function mixed({ name, delayMs }: Topic): boolean {
  return delayMs === (name === 't:A' ? 0 : DELAY_MS)
}

/** Clients read when they are told to. */
function pass(fanout: Fanout, ms: number): void {
  for (const untilMs = fanout.nowMs + ms; fanout.nowMs < untilMs; ) {
    fanout.nowMs += 25
    fanout.tick()
    fanout.endTurn()
  }
}

test('a channel mixes views: of each topic, the one that is admitted', () => {
  const fanout = new Fanout(true, [DELAY_MS])
  const peers = [fanout.connect(), fanout.connect(msgpackDialect)]
  for (const peer of peers) peer.joinChannel('t', { mode: 'delta', admits: mixed })
  for (const name of ['t:A', 't:B']) fanout.update(name, { bid: '1', ask: '1' })
  for (const peer of peers) peer.readAll()
  expect(peers.map(({ records }) => [...records.keys()])).toEqual([['t:A'], ['t:A']])
  pass(fanout, DELAY_MS / 2)
  for (const name of ['t:A', 't:B']) fanout.update(name, { bid: '2' })
  pass(fanout, 2 * DELAY_MS)
  for (const peer of peers) {
    peer.readAll()
    expect(peer.messages.map(({ type, topic, seq }) => `${type} ${topic} ${seq}`)).toEqual([
      ...['full t:A 1', 'delta t:A 2'],
      ...['full t:B 1', 'delta t:B 2'],
    ])
    expect(peer.records.get('t:B')).toEqual({ bid: '2', ask: '1' })
    expect(peer.violations).toEqual([])
  }
})

test('who may read everything gets each topic once, as it comes', () => {
  const fanout = new Fanout(true, [DELAY_MS])
  const peer = fanout.connect()
  peer.joinChannel('t')
  fanout.update('t:A', { bid: '1' })
  pass(fanout, 2 * DELAY_MS)
  fanout.update('t:A', { bid: '2' })
  pass(fanout, 2 * DELAY_MS)
  peer.readAll()
  expect(peer.messages.map(({ seq }) => seq)).toEqual([1, 2])
})

test('another wish moves a topic from one view to another', () => {
  const fanout = new Fanout(true, [DELAY_MS])
  const peer = fanout.connect()
  peer.joinChannel('t', { admits: ({ delayMs }) => delayMs > 0 })
  fanout.update('t:A', { bid: '1' })
  pass(fanout, 2 * DELAY_MS)
  fanout.update('t:A', { bid: '2' })
  peer.readAll()
  const ended = peer.joinChannel('t', { admits: mixed })
  expect(ended.map(({ name, delayMs }) => [name, delayMs])).toEqual([['t:A', DELAY_MS]])
  peer.readAll()
  pass(fanout, 2 * DELAY_MS)
  peer.readAll()
  expect(peer.messages.map(({ seq }) => seq)).toEqual([1, 2])
})

test('names without a value in a view are forgotten with the last who asked', () => {
  const fanout = new Fanout(true, [DELAY_MS])
  const view = fanout.markets.of(DELAY_MS)!
  const peer = fanout.connect()
  const topic = view.topic('t:nothing')!
  fanout.registry.join(peer.lane, topic, { mode: 'full', intervalMs: 0 })
  fanout.registry.remove(peer.lane)
  expect(view.find('t:nothing')).toBeUndefined()
})

test('what a value had to be old does not count for its age', () => {
  const fanout = new Fanout(true, [DELAY_MS])
  const peers = [fanout.connect(), fanout.connect()]
  for (const peer of peers) peer.joinChannel('t', { admits: ({ delayMs }) => delayMs > 0 })
  // Whoever waits for its interval gets its frames from a queue.
  peers[1]!.joinChannel('t', { intervalMs: 250, admits: ({ delayMs }) => delayMs > 0 })
  for (const bid of ['1', '2', '3']) {
    fanout.update('t:A', { bid })
    pass(fanout, 2 * DELAY_MS)
    for (const peer of peers) peer.readAll()
  }
  const { total, sum } = fanout.counters.ageMs
  expect(total).toBe(4)
  expect(sum / total).toBeLessThan(DELAY_MS / 2)
})
