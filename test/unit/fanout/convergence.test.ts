/**
 * Goal: promises P1, P2, P4 and P7 of a lane, whatever happens: once updates pause and a client reads, it holds exactly
 * the last value of every topic that it is subscribed to; on the way no version ever fell, and a lane never owed more
 * than a frame in this process, nor more in flight than its window and a frame. Through a channel it is subscribed to
 * what its present wish admits, and to nothing else.
 * Method: random updates, subscriptions, interval changes, stalls, pongs, time and turns, through the real dialects
 * and the real credit, against the market itself.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FRAME_BYTES_MAX } from '../../../src/fanout/credit.ts'
import type { Lane } from '../../../src/fanout/lane.ts'
import type { Update } from '../../../src/market/record.ts'
import type { Topic } from '../../../src/market/topic.ts'
import { DIALECTS } from '../../../src/protocol/dialects.ts'
import { FakeOutlet } from '../../support/fake-outlet.ts'
import { type FakePeer, Fanout } from '../../support/fanout.ts'

const TOPICS = ['a:1', 'a:2', 'a:3', 'b:1', 'b:2']
const PEERS = 4
/** The largest message that the steps below can make: four fields of the longest value. */
const MESSAGE_BYTES_MAX = 4 * 3_600 + 200

const topic = fc.constantFrom(...TOPICS)
const peer = fc.nat(PEERS - 1)
const settings = fc.record({
  mode: fc.constantFrom('full' as const, 'delta' as const),
  intervalMs: fc.constantFrom(0, 0, 50, 250, 1_000),
})
const value = fc.oneof(
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom('long', 'longer').map((text) => text.repeat(600)),
)
const names = fc.constantFrom('bid', 'ask', 'last', 'é')
const update: fc.Arbitrary<Update> = fc.dictionary(names, value, { minKeys: 1 })

const wholeChannel = fc.record({ do: fc.constant('joinChannel'), peer, settings })
const partOfChannel = fc.record({
  do: fc.constant('joinChannel'),
  peer,
  settings,
  admitted: fc.subarray(TOPICS),
})

const oldSteps = [
  { weight: 8, arbitrary: fc.record({ do: fc.constant('update'), topic, update }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('join'), peer, topic, settings }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave'), peer, topic }) },
  { weight: 1, arbitrary: wholeChannel },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leaveChannel'), peer }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('endTurn') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('read'), peer }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pong'), peer, number: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.nat(400) }) },
] as const
const newSteps = [...oldSteps, { weight: 2, arbitrary: partOfChannel }]
type Step = {
  do: string
  peer?: number
  topic?: string
  update?: Update
  settings?: { mode: 'full' | 'delta'; intervalMs: number }
  admitted?: string[]
  number?: number
  ms?: number
}

function take(fanout: Fanout, peers: FakePeer[], step: Step): void {
  const { registry, market } = fanout
  const one = peers[step.peer ?? 0]!
  switch (step.do) {
    case 'update':
      return fanout.update(step.topic!, step.update!)
    case 'join':
      return registry.join(one.lane, market.topic(step.topic!)!, step.settings!)
    case 'leave':
      registry.leave(one.lane, market.topic(step.topic!)!)
      return drain(one)
    case 'joinChannel':
      return joinChannel(one, step)
    case 'leaveChannel':
      registry.leaveChannel(one.lane, 'a')
      return drain(one)
    case 'endTurn':
      return void fanout.endTurn()
    case 'read':
      return void one.read()
    case 'pong':
      // Asked for or not: at worst it says that more was read than was.
      return void fanout.flush.answered(one.lane, step.number!)
    default:
      fanout.nowMs += step.ms!
      return fanout.tick()
  }
}

function joinChannel(peer: FakePeer, { settings, admitted }: Step): void {
  const admits = ({ name }: Topic) => admitted?.includes(name) !== false
  const ended = peer.joinChannel('a', { ...settings!, admits })
  if (ended.length > 0) drain(peer)
}

/** What a client does at the result of an unsubscribe: reads what was on its way, then forgets the topic. */
function drain(peer: FakePeer): void {
  while (peer.read());
  for (const name of [...peer.records.keys()]) {
    if (![...peer.lane.subscriptions.keys()].some((known) => known.name === name)) peer.forget(name)
  }
}

/** Thrown, not expected: looked at after each of a hundred thousand steps. */
function checkBounds({ lane, outlet }: FakePeer, windowsMost: Map<Lane, number>): void {
  const frameBytesMost = Math.max(FRAME_BYTES_MAX, MESSAGE_BYTES_MAX)
  const { inFlightBytes, window } = lane.credit!
  if (outlet.backlogBytes() > frameBytesMost) throw new Error('owes more than a frame')
  // A window may shrink below what is in flight, which then only gets less.
  const windowMost = Math.max(window.bytes, windowsMost.get(lane) ?? 0)
  windowsMost.set(lane, windowMost)
  if (inFlightBytes > windowMost + frameBytesMost) throw new Error('more in flight than credit')
  if (lane.pending.length > 2 * TOPICS.length + 16) throw new Error('its queue grows')
}

function checkWish({ market }: Fanout, { lane }: FakePeer): void {
  const admits = lane.channels?.get('a')?.admits ?? (() => false)
  for (const known of market.channel('a')) {
    if (admits(known) && !lane.subscriptions.has(known)) throw new Error('admitted, and not sent')
  }
  for (const { isNamed, audience } of lane.subscriptions.values()) {
    if (isNamed) continue
    if (!admits(audience.topic)) throw new Error('sent, and not admitted')
    if (!audience.topic.hasValue) throw new Error('kept for nobody')
  }
}

/**
 * The first two: a lane whose window had shrunk below what it sent behind its last probe waited for an answer that
 * never came. The third: a lane that fell out of a batch was sent the frame that was composed last in the turn before.
 */
const SEEDS_THAT_FAILED = [1345356000, 1824795994, 90630880]

test.each([undefined, ...SEEDS_THAT_FAILED])(
  'every client ends exact and in order (seed %s)',
  (seed) => {
    // With other steps to choose from, a seed would tell another story.
    const step = fc.oneof(...(seed === undefined ? newSteps : oldSteps))
    const stories = fc.array(step as fc.Arbitrary<Step>, { minLength: 40, maxLength: 160 })
    const property = fc.property(stories, (story) => {
      const fanout = new Fanout()
      const peers = Array.from({ length: PEERS }, (_, i) =>
        fanout.connect(DIALECTS[i % 2]!, new FakeOutlet({ kernelBytes: i < 2 ? 100 : 40_000 })),
      )
      for (const one of peers) for (const name of TOPICS) one.join(name, 'delta')
      const windowsMost = new Map<Lane, number>()
      for (const next of story) {
        take(fanout, peers, next)
        for (const one of peers) {
          checkBounds(one, windowsMost)
          checkWish(fanout, one)
        }
      }
      for (const one of peers) one.readAll()
      for (const { violations, lane, records } of peers) {
        expect(violations).toEqual([])
        const held = [...lane.subscriptions.keys()].filter((known) => known.hasValue)
        for (const known of held) expect(records.get(known.name)).toEqual(known.fields)
        expect(records.size).toBe(held.length)
      }
    })
    fc.assert(property, { numRuns: 1_000, ...(seed === undefined ? {} : { seed }) })
  },
)
