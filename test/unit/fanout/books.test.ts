/**
 * Goal: what the fan-out believes to have been sent is what outlets took: each message is the topic's present version
 * on top of the one that the client holds, a frame a turn, and states, versions and counters agree with it, whatever
 * happens in a turn, and though connections end in the middle of a flush.
 * Method: random steps over lanes that share topics, with and without credit; each frame is read as it is sent, and
 * all books are looked at after each turn. convergence.test.ts has what clients hold in the end.
 */
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Outlet, SendOutcome } from '../../../src/fanout/outlet.ts'
import { IDLE } from '../../../src/fanout/subscription.ts'
import { announce, heartbeat } from '../../../src/fanout/sweep.ts'
import { NO_VERSION, type Topic } from '../../../src/market/topic.ts'
import { DIALECTS } from '../../../src/protocol/dialects.ts'
import type { FaultName } from '../../../src/protocol/faults.ts'
import { FakeOutlet } from '../../support/fake-outlet.ts'
import { Fanout, Peer } from '../../support/fanout.ts'

const TOPICS = ['a:1', 'a:2', 'a:3', 'a:4', 'b:1', 'b:2', 'c:1']
const PEERS = 8

/** A client that knows at once what it is sent; its connection may end as it is sent something. */
class Witness extends Peer implements Outlet {
  readonly address = 'witness'
  readonly inner: FakeOutlet
  endsIn = Number.POSITIVE_INFINITY
  frames = 0
  ages = 0
  dataFrames = 0

  constructor(fanout: Fanout, index: number) {
    const box: { outlet: Outlet | null } = { outlet: null }
    const outlet: Outlet = {
      address: 'witness',
      send: (bytes, probe) => box.outlet!.send(bytes, probe),
      probe: (number) => box.outlet!.probe(number),
      backlogBytes: () => box.outlet!.backlogBytes(),
      close: (fault) => box.outlet!.close(fault),
    }
    super(fanout, fanout.lane(DIALECTS[index % 2]!, outlet))
    box.outlet = this
    this.inner = new FakeOutlet({ kernelBytes: index < 2 ? 200 : 40_000 })
  }

  send(bytes: Uint8Array, probe: number): SendOutcome {
    if (--this.endsIn <= 0) this.close('slow_reader')
    const outcome = this.inner.send(bytes, probe)
    if (this.inner.closeCode === null) this.witness(bytes)
    return outcome
  }

  probe(number: number): void {
    this.inner.probe(number)
  }

  backlogBytes(): number {
    return this.inner.backlogBytes()
  }

  close(fault: FaultName): void {
    this.inner.close(fault)
    this.fanout.registry.remove(this.lane)
  }

  read(): boolean {
    const frame = this.inner.read()
    for (const number of this.inner.probes.splice(0)) this.fanout.flush.answered(this.lane, number)
    return frame !== null
  }

  /** What it left counts no more. */
  forgetOthers(): void {
    const names = [...this.lane.subscriptions.keys()].map(({ name }) => name)
    for (const name of this.records.keys()) if (!names.includes(name)) this.forget(name)
  }

  private witness(bytes: Uint8Array): void {
    const from = this.messages.length
    const held = new Set(this.versions.keys())
    this.receive(bytes)
    this.frames++
    const data = this.messages.slice(from).filter(({ topic }) => topic !== undefined)
    if (data.length === 0) return
    this.dataFrames++
    if (held.has(data[0]!.topic as string)) this.ages++
    for (const { topic, seq } of data) {
      const { version, fields } = this.fanout.market.find(topic as string)!
      if (seq !== version) throw new Error('not the present version')
      const record = this.records.get(topic as string)
      if (!isDeepStrictEqual(record, fields)) throw new Error('a delta on another base')
    }
  }
}

const peer = fc.nat(PEERS - 1)
const topic = fc.constantFrom(...TOPICS)
const settings = fc.record({
  mode: fc.constantFrom('full' as const, 'delta' as const),
  intervalMs: fc.constantFrom(0, 0, 0, 50, 250),
})
const value = fc.oneof(fc.integer(), fc.constant(null), fc.constant('long'.repeat(600)))
const update = fc.dictionary(fc.constantFrom('bid', 'ask', 'last'), value, { minKeys: 1 })
const channel = fc.constantFrom('a', 'b')
const admitted = fc.oneof(fc.constant(TOPICS), fc.subarray(TOPICS))

type Act = (fanout: Fanout, peers: Witness[]) => void
const acts: [number, fc.Arbitrary<Act>][] = [
  [
    12,
    fc.tuple(topic, update).map(([name, fields]) => (fanout) => {
      fanout.update(name, fields)
    }),
  ],
  [
    4,
    fc.constant((fanout, peers) => {
      endTurn(fanout, peers)
    }),
  ],
  [
    3,
    fc.tuple(peer, topic, settings).map(([i, name, { mode, intervalMs }]) => (_, peers) => {
      if (!peers[i]!.lane.isClosed) peers[i]!.join(name, mode, intervalMs)
    }),
  ],
  [
    1,
    fc.tuple(peer, topic).map(([i, name]) => ({ registry, market }, peers) => {
      registry.leave(peers[i]!.lane, market.topic(name)!)
      peers[i]!.forgetOthers()
    }),
  ],
  [
    1,
    fc.tuple(peer, channel, settings, admitted).map(([i, name, wanted, names]) => (_, peers) => {
      const admits = ({ name }: Topic) => names.includes(name)
      if (!peers[i]!.lane.isClosed) peers[i]!.joinChannel(name, { ...wanted, admits })
      peers[i]!.forgetOthers()
    }),
  ],
  [
    1,
    fc.tuple(peer, channel).map(([i, name]) => ({ registry }, peers) => {
      registry.leaveChannel(peers[i]!.lane, name)
      peers[i]!.forgetOthers()
    }),
  ],
  [
    1,
    fc.tuple(topic, update).map(([name, fields]) => ({ market, registry }) => {
      const outcome = market.reload(name, { ...fields, ts: 0 }, 0)
      if (outcome !== null && typeof outcome !== 'string') registry.mark(outcome)
    }),
  ],
  [
    6,
    peer.map((i) => (_, peers) => {
      peers[i]!.read()
    }),
  ],
  [
    3,
    fc.nat(100).map((ms) => (fanout) => {
      fanout.nowMs += ms
      fanout.tick()
    }),
  ],
  [
    1,
    peer.map((i) => ({ flush }, peers) => {
      const { lane } = peers[i]!
      flush.reply(lane, lane.dialect.encode({ type: 'heartbeat', at: 0 }))
    }),
  ],
  [
    1,
    fc.constant(({ flush, registry }) => {
      announce(flush, registry.lanes, { type: 'status', feed: 'live', since: 0 })
    }),
  ],
  [
    1,
    fc.constant(({ flush, registry }) => {
      heartbeat(flush, registry.lanes, 50, 0)
    }),
  ],
  [
    1,
    fc.tuple(peer, fc.nat(3)).map(([i, endsIn]) => (_, peers) => {
      if (i > PEERS / 2) peers[i]!.endsIn = endsIn
    }),
  ],
]
const act = fc.oneof(...acts.map(([weight, arbitrary]) => ({ weight, arbitrary })))

function endTurn(fanout: Fanout, peers: Witness[]): void {
  const before = peers.map(({ dataFrames }) => dataFrames)
  if (!fanout.endTurn()) return
  peers.forEach((one, i) => {
    if (one.dataFrames > before[i]! + 1) throw new Error('more than a frame in a turn')
    checkLane(one)
  })
  const { sent, superseded, ageMs } = fanout.counters
  const sum = (of: (one: Witness) => number) => peers.reduce((total, one) => total + of(one), 0)
  expect(sent[0]!.frames + sent[1]!.frames).toBe(sum(({ frames }) => frames))
  expect(sent[0]!.messages + sent[1]!.messages).toBe(sum(({ messages }) => messages.length))
  expect(superseded).toBe(sum(({ lane }) => lane.supersededCount))
  // A frame's age is noted before it is known whether the socket takes it.
  const ended = peers.filter(({ lane }) => lane.isClosed).length
  expect(ageMs.total).toBeGreaterThanOrEqual(sum(({ ages }) => ages))
  expect(ageMs.total).toBeLessThanOrEqual(sum(({ ages }) => ages) + ended)
}

function checkLane({ lane, versions }: Witness): void {
  const { isCurrent, isOwing, isDirty, hold, isClosed, batch } = lane
  if (batch !== null) throw new Error('a batch is left')
  if (isClosed) return expect([isCurrent, lane.pending.length]).toEqual([false, 0])
  if (isCurrent && (hold !== 'none' || isOwing)) throw new Error('it is not current')
  if (!isCurrent && hold === 'none' && !isDirty) throw new Error('nobody will visit it')
  for (const { state, audience, sentVersion } of lane.subscriptions.values()) {
    const believed = state === IDLE ? audience.sentVersion : sentVersion
    if (believed !== (versions.get(audience.topic.name) ?? NO_VERSION))
      throw new Error('not what was sent')
    if (state === IDLE && believed !== audience.topic.version) throw new Error('it owes a version')
  }
}

test.each([true, false])('the books are right, with credit: %s', (hasCredit) => {
  const stories = fc.array(act, { minLength: 40, maxLength: 200 })
  const property = fc.property(stories, (story) => {
    const fanout = new Fanout(hasCredit)
    const peers = Array.from({ length: PEERS }, (_, i) => new Witness(fanout, i))
    peers.forEach((one, i) => {
      for (const name of TOPICS) one.join(name, i % 4 < 2 ? 'delta' : 'full')
    })
    for (const next of story) next(fanout, peers)
    endTurn(fanout, peers)
    expect(peers.flatMap(({ violations }) => violations)).toEqual([])
  })
  fc.assert(property, { numRuns: 300 })
})
