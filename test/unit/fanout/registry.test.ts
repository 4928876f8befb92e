/**
 * Whole channels, those of which a client may read a part, settings that change, and what is left when everybody has gone.
 */
import { expect, test } from 'vitest'
import type { Topic } from '../../../src/market/topic.ts'
import { FakeOutlet } from '../../support/fake-outlet.ts'
import { type FakePeer, Fanout } from '../../support/fanout.ts'

/** Admits the topics of these keys in the channel `t`. */
function only(...keys: string[]) {
  return ({ name }: Topic) => keys.some((key) => name === `t:${key}`)
}

/** The topics sent since the last call, in order. */
function newsOf(peer: FakePeer): unknown[] {
  peer.readAll()
  return peer.messages.splice(0).map(({ topic }) => topic)
}

test('a channel brings its topics, those to come included, and no others', () => {
  const fanout = new Fanout()
  fanout.update('t:A', { bid: '1' })
  fanout.update('u:A', { bid: '1' })
  const peer = fanout.connect()
  peer.joinChannel('t')
  peer.readAll()
  fanout.update('t:B', { bid: '2' })
  peer.readAll()
  expect([...peer.records.keys()]).toEqual(['t:A', 't:B'])
  expect(peer.counts).toEqual({ full: 2 })
  expect(peer.lane.supersededCount).toBe(0)
  expect(peer.lane.subscriptionCount).toBe(1)
})

test('a topic asked for by name follows its own settings, then its channel again', () => {
  const fanout = new Fanout()
  const peer = fanout.connect()
  peer.joinChannel('t')
  fanout.update('t:A', { bid: '1', ask: '1' })
  peer.readAll()
  peer.join('t:A', 'delta')
  fanout.update('t:A', { bid: '2' })
  peer.readAll()
  expect(fanout.registry.leave(peer.lane, fanout.market.find('t:A')!)).toBe(true)
  fanout.update('t:A', { bid: '3' })
  peer.readAll()
  expect(peer.messages.map(({ type }) => type)).toEqual(['full', 'delta', 'full'])
})

test('leaving a channel keeps what was asked for by name', () => {
  const fanout = new Fanout()
  const peer = fanout.connect()
  peer.join('t:A')
  peer.joinChannel('t')
  for (const name of ['t:A', 't:B']) fanout.update(name, { bid: '1' })
  peer.readAll()
  expect(fanout.registry.leaveChannel(peer.lane, 't')).toBe(true)
  expect(fanout.registry.leaveChannel(peer.lane, 't')).toBe(false)
  for (const name of ['t:A', 't:B', 't:C']) fanout.update(name, { bid: '2' })
  peer.readAll()
  expect(peer.messages.map(({ topic }) => topic)).toEqual(['t:A', 't:B', 't:A'])
})

test('a channel brings what is admitted, topics to come included, and nothing else', () => {
  const fanout = new Fanout()
  const peer = fanout.connect()
  const publish = (keys: string[]) => {
    for (const key of keys) fanout.update(`t:${key}`, { bid: '1' })
  }
  publish(['A', 'B'])
  peer.joinChannel('t', { admits: only('A', 'C') })
  expect(newsOf(peer)).toEqual(['t:A'])
  publish(['A', 'B', 'C', 'D'])
  expect(newsOf(peer)).toEqual(['t:A', 't:C'])
  expect(peer.lane.subscriptionCount).toBe(1)
})

test('another wish begins what it admits, ends what it does not, and changes the settings of what stays', () => {
  const fanout = new Fanout()
  const peer = fanout.connect()
  for (const key of 'ABC') fanout.update(`t:${key}`, { bid: '1', ask: '2' })
  peer.joinChannel('t', { admits: only('A', 'B') })
  expect(newsOf(peer)).toEqual(['t:A', 't:B'])
  const ended = peer.joinChannel('t', { mode: 'delta', admits: only('B', 'C') })
  expect(ended.map(({ name }) => name)).toEqual(['t:A'])
  expect(newsOf(peer)).toEqual(['t:C'])
  for (const key of 'ABC') fanout.update(`t:${key}`, { bid: '3' })
  peer.readAll()
  expect(peer.messages).toMatchObject([
    { type: 'delta', topic: 't:B' },
    { type: 'delta', topic: 't:C' },
  ])
  expect(fanout.registry.subscriptionCount).toBe(2)
})

test('what is no longer admitted is not sent, though it was pending', () => {
  const fanout = new Fanout()
  const peer = fanout.connect()
  for (const key of 'AB') fanout.update(`t:${key}`, { bid: '1' })
  peer.joinChannel('t')
  peer.joinChannel('t', { admits: only('B') })
  expect(newsOf(peer)).toEqual(['t:B'])
})

test('a topic asked for by name outlives a wish that does not admit it, and ends with its name', () => {
  const fanout = new Fanout()
  const peer = fanout.connect()
  fanout.update('t:A', { bid: '1' })
  peer.join('t:A')
  expect(peer.joinChannel('t', { admits: only() })).toEqual([])
  expect(newsOf(peer)).toEqual(['t:A'])
  expect(fanout.registry.leave(peer.lane, fanout.market.find('t:A')!)).toBe(true)
  fanout.update('t:A', { bid: '2' })
  expect(newsOf(peer)).toEqual([])
  expect(peer.lane.subscriptions.size).toBe(0)
})

test('names without a value that are left are forgotten, whole channel or not', () => {
  const fanout = new Fanout()
  const peer = fanout.connect()
  peer.joinChannel('t')
  for (let i = 0; i < 100; i++) {
    peer.join(`t:${i}`)
    fanout.registry.leave(peer.lane, fanout.market.find(`t:${i}`)!)
    expect(fanout.market.find(`t:${i}`)).toBeUndefined()
  }
  expect(fanout.registry.subscriptionCount).toBe(0)
  fanout.update('t:7', { bid: '1' })
  expect(newsOf(peer)).toEqual(['t:7'])
})

test('changing settings does not send a value again', () => {
  const fanout = new Fanout()
  fanout.update('t:A', { bid: '1' })
  const peer = fanout.connect()
  peer.join('t:A', 'full')
  peer.readAll()
  peer.join('t:A', 'delta')
  peer.readAll()
  expect(peer.messages.length).toBe(1)
})

test('leaving a pending topic sends nothing of it', () => {
  const fanout = new Fanout()
  fanout.update('t:A', { bid: '1' })
  const peer = fanout.connect()
  peer.join('t:A')
  fanout.registry.leave(peer.lane, fanout.market.find('t:A')!)
  peer.readAll()
  expect(peer.messages).toEqual([])
})

test('subscribing and leaving on a held lane does not make its queue grow', () => {
  const fanout = new Fanout()
  const peer = fanout.connect(undefined, new FakeOutlet({ kernelBytes: 0 }))
  for (let i = 0; i < 10; i++) fanout.update(`t:${i}`, { bid: '1' })
  peer.join('t:0')
  fanout.endTurn()
  for (let i = 0; i < 10_000; i++) {
    const name = `t:${i % 10}`
    peer.join(name)
    fanout.registry.leave(peer.lane, fanout.market.find(name)!)
  }
  expect(peer.lane.pending.length).toBeLessThanOrEqual(20)
})

test('topics that were only asked for are forgotten with the last who asked', () => {
  const fanout = new Fanout()
  const peers = [fanout.connect(), fanout.connect()]
  for (const peer of peers) peer.join('t:nothing')
  fanout.registry.leave(peers[0]!.lane, fanout.market.find('t:nothing')!)
  expect(fanout.market.find('t:nothing')).toBeDefined()
  fanout.registry.remove(peers[1]!.lane)
  expect(fanout.market.find('t:nothing')).toBeUndefined()
})

test('a topic that took over the place of a forgotten one is not sent to its listeners', () => {
  const fanout = new Fanout()
  const peer = fanout.connect()
  peer.join('t:nothing')
  fanout.registry.leave(peer.lane, fanout.market.find('t:nothing')!)
  fanout.update('t:A', { bid: '1' })
  peer.readAll()
  expect(peer.messages).toEqual([])
})

test('no changes are collected for a topic that nobody reads as deltas', () => {
  const fanout = new Fanout()
  const peer = fanout.connect()
  peer.join('t:A', 'delta')
  const topic = fanout.market.find('t:A')!
  expect(topic.keepsChanges).toBe(true)
  peer.join('t:A', 'full')
  expect(topic.keepsChanges).toBe(false)
  peer.join('t:A', 'delta')
  fanout.registry.remove(peer.lane)
  expect(topic.keepsChanges).toBe(false)
})
