/**
 * Delayed views: goal: a reader of a view sees nothing too early, in order, the market's own versions and fields, soon
 * after it may, and in the end exactly what the market holds; and a view's memory is bounded.
 * Method: random lives of a market in simulated time, as bytes through the real intake; whatever the market held is
 * written down, and each thing that stands in the view is looked up there.
 */
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliver } from '../../../src/ingest/deliver.ts'
import { Intake } from '../../../src/ingest/intake.ts'
import { Feed } from '../../../src/market/feed.ts'
import type { Fields } from '../../../src/market/record.ts'
import { DIALECTS } from '../../../src/protocol/dialects.ts'
import { Fanout } from '../../support/fanout.ts'
import { silentLog } from '../../support/silent-log.ts'

const TOPICS = ['t:A', 't:B', 't:C']
const DELAY_MS = 1_000
const STEP_MS = 100
const TICK_MS = 25

interface Held {
  readonly version: number
  readonly atMs: number
  readonly fields: Fields
}

class World {
  readonly fanout = new Fanout(false, [DELAY_MS])
  readonly view = this.fanout.markets.of(DELAY_MS)!
  readonly intake = new Intake(this.fanout.market, new Feed(1_000, 0, () => {}), {
    mark: (topic) => this.note(topic.name),
    wallMs: () => this.fanout.nowMs,
    nowMs: () => this.fanout.nowMs,
    complain: () => {},
    log: silentLog,
  })
  readonly peers = [...DIALECTS, ...DIALECTS].map((dialect) => this.fanout.connect(dialect))
  /** What the market held, by topic. */
  private readonly history = new Map<string, Held[]>()
  private readonly shown = new Map<string, number>()

  constructor() {
    this.peers.forEach((peer, i) => {
      const mode = i < DIALECTS.length ? 'full' : 'delta'
      peer.joinChannel('t', { mode, admits: ({ delayMs }) => delayMs > 0 })
    })
  }

  pass(ms: number): void {
    this.fanout.nowMs += ms
    this.fanout.tick()
  }

  endTurn(): void {
    this.fanout.endTurn()
    for (const peer of this.peers) while (peer.read());
  }

  /** Thrown, not expected: looked at after each of many steps. */
  check(): void {
    for (const { name, version, fields } of this.view.held) {
      const held = this.history.get(name)!.find((one) => one.version === version)
      if (held === undefined) throw new Error('a version that never was')
      if (held.atMs + DELAY_MS > this.fanout.nowMs) throw new Error('too early')
      if (!isDeepStrictEqual({ ...fields }, held.fields)) throw new Error('other fields')
      if (version < (this.shown.get(name) ?? -1)) throw new Error('an older version')
      this.shown.set(name, version)
    }
  }

  /** Whether all that is older than the delay and `ms` is shown, or something newer. */
  checkPunctual(ms: number): void {
    const untilMs = this.fanout.nowMs - DELAY_MS - ms
    for (const [name, all] of this.history) {
      const due = all.findLast(({ atMs }) => atMs <= untilMs)
      if (due !== undefined && (this.shown.get(name) ?? -1) < due.version) throw new Error('late')
    }
  }

  checkExact(): void {
    const { market } = this.fanout
    expect(this.view.topicCount).toBe(market.topicCount)
    for (const { name, version, fields } of market.held) {
      expect(this.view.find(name)).toMatchObject({ version, fields })
      for (const { records, versions } of this.peers) {
        expect([versions.get(name), records.get(name)]).toEqual([version, fields])
      }
    }
    expect(this.peers.flatMap(({ violations }) => violations)).toEqual([])
  }

  private note(name: string): void {
    const { version, json, fields } = this.fanout.market.find(name)!
    // To look at the fields has them parsed, which is as good.
    const copy = json === null ? { ...fields } : JSON.parse(Buffer.from(json).toString())
    const all = this.history.get(name) ?? []
    all.push({ version, atMs: this.fanout.nowMs, fields: copy })
    this.history.set(name, all)
  }
}

const aTopic = fc.constantFrom(...TOPICS)
const aWhole = fc.record({ a: fc.constantFrom('1.50', '2', ''), b: fc.nat(9), c: fc.boolean() })
const aValue = fc.oneof(fc.constantFrom('é', 'a"b', true, 1.5, null), fc.nat(3))
const aPart = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'é', 'constructor'), aValue)
const aPayload = fc.oneof({ weight: 3, arbitrary: aWhole }, { weight: 2, arbitrary: aPart })

type Act = (world: World) => void
const anUpdate: fc.Arbitrary<Act> = fc
  .tuple(aTopic, aPayload)
  .map(([topic, payload]) => ({ intake }) => {
    deliver(intake, topic, Buffer.from(JSON.stringify(payload)))
  })
const aReload: fc.Arbitrary<Act> = fc.tuple(aTopic, aWhole).map(([topic, record]) => (world) => {
  world.intake.beginReload()
  world.intake.stored(topic, record)
  world.intake.up()
})
const aTurn: fc.Arbitrary<Act> = fc.constant((world) => world.endTurn())

function passes(ms: fc.Arbitrary<number>): fc.Arbitrary<Act> {
  return ms.map((elapsedMs) => (world) => world.pass(elapsedMs))
}

function stories(ms: fc.Arbitrary<number>): fc.Arbitrary<Act[]> {
  const acts = fc.oneof(
    { weight: 10, arbitrary: anUpdate },
    { weight: 1, arbitrary: aReload },
    { weight: 4, arbitrary: aTurn },
    { weight: 12, arbitrary: passes(ms) },
  )
  return fc.array(acts, { minLength: 50, maxLength: 200, size: 'max' })
}

describe('a delayed view', () => {
  test('is never early, in order, and exact in the end, however irregular its clock', () => {
    const ms = fc.oneof(
      fc.integer({ min: 0, max: 60 }),
      fc.constantFrom(0, 0, 0.1, 99.9, 999, 3_000),
    )
    const property = fc.property(stories(ms), (story) => {
      const world = new World()
      for (const act of story) {
        act(world)
        world.check()
      }
      for (let i = 0; i < 2; i++) world.pass(DELAY_MS + STEP_MS)
      for (let i = 0; i < 2; i++) world.endTurn()
      world.check()
      world.checkExact()
    })
    fc.assert(property, { numRuns: 200 })
  })

  test('is later by a step at most, where its clock is looked at in time', () => {
    const property = fc.property(stories(fc.constant(TICK_MS)), (story) => {
      const world = new World()
      // A round takes longer while topics are added to it.
      for (const topic of TOPICS) deliver(world.intake, topic, Buffer.from('{"a":0}'))
      for (const act of story) {
        act(world)
        world.check()
        world.checkPunctual(STEP_MS)
      }
    })
    fc.assert(property, { numRuns: 200 })
  })
})
