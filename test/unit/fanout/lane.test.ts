/**
 * What a lane sends, when, and how much of it.
 */
import { expect, test } from 'vitest'
import { FRAME_BYTES_MAX } from '../../../src/fanout/credit.ts'
import { FakeOutlet } from '../../support/fake-outlet.ts'
import { Fanout } from '../../support/fanout.ts'

const record = (bid: string) => ({ bid, ask: '2', ts: 1 })

test('a subscription starts with the whole last value', () => {
  const fanout = new Fanout()
  fanout.update('t:A', record('1'))
  const peer = fanout.connect()
  peer.join('t:A', 'delta')
  peer.readAll()
  expect(peer.messages).toEqual([{ type: 'full', topic: 't:A', seq: 1, data: record('1') }])
})

test('a topic without a value sends nothing until it has one', () => {
  const fanout = new Fanout()
  const peer = fanout.connect()
  peer.join('t:A')
  peer.readAll()
  expect(peer.messages).toEqual([])
  fanout.update('t:A', record('1'))
  peer.readAll()
  expect(peer.messages).toEqual([{ type: 'full', topic: 't:A', seq: 1, data: record('1') }])
})

test('the first value of a topic is whole for a delta reader that waited for it', () => {
  const fanout = new Fanout()
  const peer = fanout.connect()
  peer.join('t:A', 'delta')
  fanout.update('t:A', record('1'))
  peer.readAll()
  expect(peer.messages.map(({ type }) => type)).toEqual(['full'])
})

test('a burst of one turn becomes one frame, with the last value of each topic', () => {
  const fanout = new Fanout()
  const peer = fanout.connect()
  for (const name of ['t:A', 't:B']) peer.join(name)
  for (let i = 1; i <= 100; i++) {
    fanout.update('t:A', record(`${i}`))
    fanout.update('t:B', record(`${-i}`))
  }
  fanout.endTurn()
  peer.read()
  expect(peer.frameCount).toBe(1)
  expect(peer.messages.map(({ seq }) => seq)).toEqual([100, 100])
  expect(peer.records.get('t:B')).toEqual(record('-100'))
  expect(peer.lane.supersededCount).toBe(198)
  expect(fanout.counters.superseded).toBe(198)
})

test('a delta covers all updates since the one before, in one turn or in several', () => {
  const fanout = new Fanout()
  fanout.update('t:A', record('1'))
  const peer = fanout.connect()
  peer.join('t:A', 'delta')
  peer.readAll()
  fanout.update('t:A', { bid: '2', size: '7' })
  fanout.update('t:A', { ask: null, bid: '3' })
  peer.readAll()
  fanout.update('t:A', { bid: '4' })
  peer.readAll()
  expect(peer.messages.slice(1)).toEqual([
    { type: 'delta', topic: 't:A', seq: 3, data: { bid: '3', size: '7', ask: null } },
    { type: 'delta', topic: 't:A', seq: 4, data: { bid: '4' } },
  ])
  expect(peer.records.get('t:A')).toEqual({ bid: '4', size: '7', ts: 1 })
})

test('a delta reader that missed a version is sent the whole record', () => {
  const fanout = new Fanout()
  const [slow, fast] = [
    fanout.connect(undefined, new FakeOutlet({ kernelBytes: 0 })),
    fanout.connect(),
  ]
  for (const peer of [slow, fast]) peer.join('t:A', 'delta')
  for (let i = 1; i <= 4; i++) {
    fanout.update('t:A', record(`${i}`))
    fanout.endTurn()
    fast.readAll()
  }
  slow.readAll()
  expect(slow.messages.map(({ type, seq }) => [type, seq])).toEqual([
    ['full', 1],
    ['full', 4],
  ])
  expect(fast.messages.map(({ type }) => type)).toEqual(['full', 'delta', 'delta', 'delta'])
})

test('a lane that is not read owes one frame, however long it lasts', () => {
  const fanout = new Fanout()
  const outlet = new FakeOutlet({ kernelBytes: 1_000 })
  const peer = fanout.connect(undefined, outlet)
  for (let i = 0; i < 50; i++) peer.join(`t:${i}`)
  let backlogMost = 0
  for (let i = 0; i < 10_000; i++) {
    fanout.update(`t:${i % 50}`, record(`${i}`))
    fanout.endTurn()
    fanout.flush.tick()
    backlogMost = Math.max(backlogMost, outlet.backlogBytes())
  }
  expect(backlogMost).toBeGreaterThan(0)
  expect(backlogMost).toBeLessThanOrEqual(FRAME_BYTES_MAX)
  expect(peer.lane.pending.length).toBe(50)
  peer.readAll()
  expect(peer.violations).toEqual([])
  expect(peer.records.get('t:49')).toEqual(record('9999'))
})

test('frames stay below their limit, and what does not fit follows in the next turns', () => {
  const fanout = new Fanout()
  const peer = fanout.connect(undefined, new FakeOutlet({ kernelBytes: 1e6 }))
  for (let i = 0; i < 300; i++) {
    fanout.update(`t:${i}`, { text: 'x'.repeat(200) })
    peer.join(`t:${i}`)
  }
  const sizes: number[] = []
  while (fanout.endTurn()) {
    sizes.push(fanout.counters.sent[0]!.bytes)
    while (peer.read());
  }
  expect(sizes.length).toBeGreaterThan(5)
  sizes.forEach((size, i) => {
    expect(size - (sizes[i - 1] ?? 0)).toBeLessThanOrEqual(FRAME_BYTES_MAX)
  })
  peer.readAll()
  expect(peer.records.size).toBe(300)
})

test('a message larger than a frame may be is sent by itself', () => {
  const fanout = new Fanout()
  fanout.update('t:A', {
    text: 'x'.repeat(4_000),
    more: 'y'.repeat(4_000),
    most: 'z'.repeat(4_096),
  })
  fanout.update('t:A', { yet: 'w'.repeat(4_000) })
  fanout.update('t:B', record('1'))
  const peer = fanout.connect()
  for (const name of ['t:A', 't:B']) peer.join(name)
  peer.readAll()
  expect(peer.frameCount).toBe(2)
  expect(peer.records.size).toBe(2)
})

test('a busy topic does not starve a quiet one', () => {
  const fanout = new Fanout()
  const peer = fanout.connect(undefined, new FakeOutlet({ kernelBytes: 0 }))
  const wide = { text: 'x'.repeat(4_000), more: 'y'.repeat(4_000), most: 'z'.repeat(4_000) }
  for (const name of ['t:busy', 't:quiet']) peer.join(name)
  fanout.update('t:busy', { ...wide, n: 0 })
  fanout.update('t:quiet', { ...wide, n: 0 })
  for (let i = 1; i < 4; i++) {
    fanout.endTurn()
    fanout.update('t:busy', { n: i })
    peer.read()
    fanout.flush.tick()
  }
  peer.readAll()
  expect(peer.messages.map(({ topic }) => topic).slice(0, 3)).toEqual([
    't:busy',
    't:quiet',
    't:busy',
  ])
})

// Names that come and go left a null each for as long as nobody could be sent them.
test('what a waiting delta reader is sent in the end is no larger than a few records', () => {
  const fanout = new Fanout()
  const peer = fanout.connect(undefined, new FakeOutlet({ kernelBytes: 0 }))
  peer.join('t:A', 'delta')
  fanout.update('t:A', { first: 1 })
  fanout.endTurn()
  for (let i = 0; i < 6_000; i++)
    fanout.update('t:A', { [`level-${i}`]: 1, [`level-${i - 1}`]: null })
  const before = fanout.counters.sent[0]!.bytes
  peer.readAll()
  expect(fanout.counters.sent[0]!.bytes - before).toBeLessThan(2_000)
  expect(peer.records.get('t:A')).toEqual(fanout.market.find('t:A')!.fields)
})
