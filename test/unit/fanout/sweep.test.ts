/**
 * Sweep: goal: a client that is gone is found and closed in time, busy or idle, and none is closed for what our own
 * event loop did. Method: lanes over fake sockets on a clock that the test turns.
 */
import { expect, test } from 'vitest'
import { heartbeat, reap } from '../../../src/fanout/sweep.ts'
import { FakeOutlet } from '../../support/fake-outlet.ts'
import { type FakePeer, Fanout, TICK_MS } from '../../support/fanout.ts'

const TIMEOUT_MS = 30_000
const HEARTBEAT_MS = 5_000

/** A server's timers over `forMs`, with an update each tick where a topic is named. */
function pass(fanout: Fanout, forMs: number, topic: string | null = null): void {
  const endMs = fanout.nowMs + forMs
  while (fanout.nowMs < endMs) {
    fanout.nowMs += TICK_MS
    if (topic !== null) fanout.update(topic, { at: fanout.nowMs, text: 'x'.repeat(200) })
    fanout.tick()
    heartbeat(fanout.flush, fanout.registry.lanes, HEARTBEAT_MS, fanout.nowMs)
    reap(fanout.flush, fanout.registry.lanes, TIMEOUT_MS)
    fanout.endTurn()
  }
}

/** The loop stands still, and the sweep is the first that runs again. */
function pause(fanout: Fanout, forMs: number): void {
  fanout.nowMs += forMs
  reap(fanout.flush, fanout.registry.lanes, TIMEOUT_MS)
}

function connect(fanout: Fanout, kernelBytes: number): FakePeer {
  const peer = fanout.connect(undefined, new FakeOutlet({ kernelBytes }))
  peer.join('t:A')
  return peer
}

test('a client whose probe stays unanswered is closed in time, and not before', () => {
  const fanout = new Fanout()
  const peer = connect(fanout, 100_000_000)
  pass(fanout, TIMEOUT_MS - TICK_MS, 't:A')
  expect(peer.lane.hold).toBe('credit')
  expect(peer.outlet.closeCode).toBeNull()
  pass(fanout, 2 * TICK_MS, 't:A')
  expect(peer.outlet.closeCode).toBe(4001)
})

test('a client that answers, however late, stays', () => {
  const fanout = new Fanout()
  const peer = connect(fanout, 100_000_000)
  for (let i = 0; i < 4; i++) {
    pass(fanout, TIMEOUT_MS - 10 * TICK_MS, 't:A')
    while (peer.read());
  }
  expect(peer.outlet.closeCode).toBeNull()
})

test.each([true, false])(
  'a client whose socket stays full is closed, with credit: %s',
  (hasCredit) => {
    const fanout = new Fanout(hasCredit)
    const peer = connect(fanout, 1_000)
    // It answers all that it is asked, as one that forges answers does: only its socket tells.
    const forge = () => {
      for (let n = 1; n <= 1_000; n++) fanout.flush.answered(peer.lane, n)
    }
    for (let i = 0; i < 10; i++) {
      pass(fanout, 2 * TICK_MS, 't:A')
      forge()
    }
    expect(peer.lane.hold).toBe('socket')
    pass(fanout, TIMEOUT_MS - 30 * TICK_MS, 't:A')
    forge()
    expect(peer.outlet.closeCode).toBeNull()
    pass(fanout, 30 * TICK_MS, 't:A')
    expect(peer.outlet.closeCode).toBe(4001)
  },
)

test('an idle client that is dead is found by the probe of its heartbeat', () => {
  const fanout = new Fanout()
  const [dead, living] = [connect(fanout, 100_000), connect(fanout, 100_000)]
  for (let ms = 0; ms <= TIMEOUT_MS + 2 * HEARTBEAT_MS; ms += 1_000) {
    pass(fanout, 1_000)
    while (living.read());
  }
  expect(dead.outlet.closeCode).toBe(4001)
  expect(living.outlet.closeCode).toBeNull()
  expect(living.counts.heartbeat).toBeGreaterThan(5)
})

test('a heartbeat does not go where a frame waits', () => {
  const fanout = new Fanout()
  const peer = connect(fanout, 0)
  pass(fanout, TICK_MS, 't:A')
  expect(peer.lane.hold).toBe('socket')
  const backlogBytes = peer.outlet.backlogBytes()
  pass(fanout, 3 * HEARTBEAT_MS, 't:A')
  expect(peer.outlet.backlogBytes()).toBe(backlogBytes)
})

test('a pause of our own loop closes nobody who waited for an answer', () => {
  const fanout = new Fanout()
  const peer = connect(fanout, 100_000_000)
  pass(fanout, 1_000, 't:A')
  expect(fanout.flush.sender.unreadMs(peer.lane, fanout.nowMs)).toBeGreaterThan(0)
  pause(fanout, 2 * TIMEOUT_MS)
  expect(peer.outlet.closeCode).toBeNull()
  while (peer.read());
  pass(fanout, 1_000, 't:A')
  expect(peer.outlet.closeCode).toBeNull()
})

test('a pause of our own loop closes nobody whose socket was full', () => {
  const fanout = new Fanout(false)
  const peer = connect(fanout, 1_000)
  pass(fanout, 1_000, 't:A')
  expect(peer.lane.hold).toBe('socket')
  pause(fanout, 2 * TIMEOUT_MS)
  expect(peer.outlet.closeCode).toBeNull()
  pass(fanout, TIMEOUT_MS, 't:A')
  expect(peer.outlet.closeCode).toBe(4001)
})
