/**
 * Report: whose reader is furthest behind, and what is said of a lane of which nothing is known.
 */
import { expect, test } from 'vitest'
import { describeLanes } from '../../../src/fanout/report.ts'
import { FakeOutlet } from '../../support/fake-outlet.ts'
import { type FakePeer, Fanout } from '../../support/fanout.ts'

interface Report {
  readonly count: number
  readonly lanes: readonly { readonly subscriptions: number }[]
}

function report(fanout: Fanout, top = 10): Report {
  return describeLanes(fanout.flush, fanout.registry.lanes, top) as Report
}

/** The numbers of subscriptions tell lanes apart. */
function order(fanout: Fanout, top?: number): number[] {
  return report(fanout, top).lanes.map(({ subscriptions }) => subscriptions)
}

function connect(fanout: Fanout, subscriptions: number): FakePeer {
  const peer = fanout.connect(undefined, new FakeOutlet({ kernelBytes: 1_000_000 }))
  for (let i = 0; i < subscriptions; i++) peer.join(`t:${i}`)
  return peer
}

/** Time passes, tick by tick, as it does for a loop that does not stand still. */
function pass(fanout: Fanout, forMs: number): void {
  for (const endMs = fanout.nowMs + forMs; fanout.nowMs < endMs; ) {
    fanout.nowMs++
    fanout.tick()
  }
}

test('before the first round trip, what was not measured is null', () => {
  const fanout = new Fanout()
  connect(fanout, 2)
  expect(report(fanout)).toEqual({
    count: 1,
    lanes: [
      {
        ...{ address: 'fake', dialect: 'json', subscriptions: 2, pending: 0, superseded: 0 },
        ...{ hold: 'none', heldMs: 0, unreadMs: 0, backlogBytes: 0 },
        ...{ inFlightBytes: 0, windowBytes: 16_384, rttMs: null, rttMinMs: null, rateBytesPerS: 0 },
      },
    ],
  })
})

test('a round trip is told in ms, and a rate in bytes a second', () => {
  const fanout = new Fanout()
  const peer = connect(fanout, 1)
  fanout.update('t:0', { text: 'x'.repeat(937) })
  fanout.endTurn()
  pass(fanout, 40)
  peer.read()
  const sentBytes = fanout.counters.sent[0]!.bytes
  expect(report(fanout).lanes[0]).toMatchObject({
    ...{ rttMs: 40, rttMinMs: 40, inFlightBytes: 0 },
    rateBytesPerS: Math.round((sentBytes / 40) * 1_000),
  })
})

test('the worst come first: who waits longer than the last round trip, then the longest round trips', () => {
  const fanout = new Fanout()
  const [idle, near, far, gone] = [1, 2, 3, 4].map((n) => connect(fanout, n))
  for (let i = 0; i < 4; i++) fanout.update(`t:${i}`, { n: 1 })
  fanout.endTurn()
  for (const [peer, rttMs] of [
    [idle, 1],
    [near, 9],
    [far, 190],
  ] as const) {
    pass(fanout, rttMs)
    while (peer!.read());
  }
  expect(gone!.lane.credit!.window.rttMs).toBeNaN()
  // gone: 200 ms without an answer; far: its round trip of 200 ms; the others: 10 and 1.
  pass(fanout, 1)
  expect(order(fanout)).toEqual([4, 3, 2, 1])
  expect(order(fanout, 2)).toEqual([4, 3])
  expect(report(fanout, 2).count).toBe(4)
})

test('a lane whose socket is full says since when, and a resumed one no more', () => {
  const fanout = new Fanout()
  const peer = fanout.connect(undefined, new FakeOutlet({ kernelBytes: 0 }))
  peer.join('t:0')
  fanout.update('t:0', { n: 1 })
  fanout.endTurn()
  fanout.update('t:0', { n: 2 })
  fanout.update('t:0', { n: 3 })
  fanout.endTurn()
  pass(fanout, 500)
  const frame = fanout.counters.sent[0]!.bytes
  expect(report(fanout).lanes[0]).toMatchObject({
    ...{ hold: 'socket', heldMs: 500, unreadMs: 500, backlogBytes: frame },
    ...{ pending: 1, superseded: 1 },
  })
  peer.readAll()
  expect(report(fanout).lanes[0]).toMatchObject({ hold: 'none', heldMs: 0, backlogBytes: 0 })
})

test('without credit, nothing is said of it', () => {
  const fanout = new Fanout(false)
  connect(fanout, 1)
  expect(Object.keys(report(fanout).lanes[0]!)).not.toContain('windowBytes')
  expect(order(fanout)).toEqual([1])
})
