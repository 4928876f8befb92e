/**
 * Goal: promises P1, P2 and P7 of a lane, whatever happens: once updates pause and a client reads, it holds exactly
 * the last value of every topic that it is subscribed to, and on the way no version ever fell.
 * Method: random updates, subscriptions, stalls and turns, through the real dialects, against the market itself.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Update } from '../../../src/market/record.ts'
import { DIALECTS } from '../../../src/protocol/dialects.ts'
import { FakeOutlet } from '../../support/fake-outlet.ts'
import { type FakePeer, Fanout } from '../../support/fanout.ts'

const TOPICS = ['a:1', 'a:2', 'a:3', 'b:1', 'b:2']
const PEERS = 4

const topic = fc.constantFrom(...TOPICS)
const peer = fc.nat(PEERS - 1)
const mode = fc.constantFrom('full' as const, 'delta' as const)
const value = fc.oneof(
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom('long', 'longer').map((text) => text.repeat(600)),
)
const update: fc.Arbitrary<Update> = fc.dictionary(
  fc.constantFrom('bid', 'ask', 'last', 'é'),
  value,
  {
    minKeys: 1,
  },
)

type Step = (fanout: Fanout, peers: FakePeer[]) => void
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.tuple(topic, update).map(
        ([t, u]): Step =>
          (f) =>
            f.update(t, u),
      ),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(peer, topic, mode).map(
        ([p, t, m]): Step =>
          (_f, ps) =>
            ps[p]!.join(t, m),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(peer, topic).map(
        ([p, t]): Step =>
          (f, ps) =>
            leave(f, ps[p]!, t),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(peer, mode).map(
        ([p, m]): Step =>
          (f, ps) =>
            f.registry.joinChannel(ps[p]!.lane, 'a', { mode: m, intervalMs: 0 }),
      ),
    },
    {
      weight: 1,
      arbitrary: peer.map(
        (p): Step =>
          (f, ps) =>
            leaveChannel(f, ps[p]!),
      ),
    },
    { weight: 4, arbitrary: fc.constant<Step>((f) => void f.endTurn()) },
    {
      weight: 3,
      arbitrary: peer.map(
        (p): Step =>
          (_f, ps) =>
            void ps[p]!.read(),
      ),
    },
    { weight: 2, arbitrary: fc.constant<Step>((f) => f.flush.tick()) },
  ),
  { minLength: 40, maxLength: 160 },
)

/** What a client does at the result of an unsubscribe: no data of the topic comes after it. */
function leave(fanout: Fanout, peer: FakePeer, name: string): void {
  fanout.registry.leave(peer.lane, fanout.market.topic(name)!)
  drain(peer)
}

function leaveChannel(fanout: Fanout, peer: FakePeer): void {
  fanout.registry.leaveChannel(peer.lane, 'a')
  drain(peer)
}

/** Reads what is on its way, then forgets what is no longer subscribed to. */
function drain(peer: FakePeer): void {
  while (peer.read());
  for (const name of [...peer.records.keys()]) {
    if (![...peer.lane.subscriptions.keys()].some((known) => known.name === name)) peer.forget(name)
  }
}

test('every client ends exact and in order, whatever order things happen in', () => {
  fc.assert(
    fc.property(steps, (story) => {
      const fanout = new Fanout()
      const peers = Array.from({ length: PEERS }, (_, i) =>
        fanout.connect(DIALECTS[i % 2]!, new FakeOutlet({ kernelBytes: i < 2 ? 100 : 4_000 })),
      )
      for (const one of peers) for (const name of TOPICS) one.join(name, 'delta')
      for (const step of story) step(fanout, peers)
      for (const one of peers) one.readAll()
      for (const one of peers) {
        expect(one.violations).toEqual([])
        for (const [known] of one.lane.subscriptions) {
          expect(one.records.get(known.name)).toEqual(known.hasValue ? known.fields : undefined)
        }
        expect(one.records.size).toBe(
          [...one.lane.subscriptions.keys()].filter((t) => t.hasValue).length,
        )
      }
    }),
    { numRuns: 1_000 },
  )
})
