/**
 * Overwriting: goal: a whole record that is taken over as bytes does what it would have done parsed. Method: two
 * servers' worth of rooms are told the same random story; one has every payload decoded. They must never differ.
 */
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { decode } from '../../../src/ingest/decode.ts'
import { deliver } from '../../../src/ingest/deliver.ts'
import { Intake } from '../../../src/ingest/intake.ts'
import { Feed } from '../../../src/market/feed.ts'
import type { Update } from '../../../src/market/record.ts'
import { jsonDialect } from '../../../src/protocol/json.ts'
import { msgpackDialect } from '../../../src/protocol/msgpack.ts'
import { Fanout } from '../../support/fanout.ts'
import { silentLog } from '../../support/silent-log.ts'

const TOPICS = ['t:A', 't:B']

/** Intake, market, fan-out and four clients. */
class World {
  readonly fanout = new Fanout(false)
  readonly feed = new Feed(1_000, 0, () => {})
  readonly complaints: string[] = []
  readonly intake = new Intake(this.fanout.market, this.feed, {
    mark: (topic) => this.fanout.registry.mark(topic),
    wallMs: () => this.fanout.nowMs,
    nowMs: () => this.fanout.nowMs,
    complain: (reason, topic) => void this.complaints.push(`${reason} ${topic}`),
    log: silentLog,
  })
  readonly peers = [jsonDialect, msgpackDialect, jsonDialect, msgpackDialect].map((dialect) =>
    this.fanout.connect(dialect),
  )

  /** As a server would that knows nothing of layouts. */
  deliverDecoded(topic: string, payload: Buffer): void {
    const decoded = decode(payload)
    for (const entry of Array.isArray(decoded) ? decoded : [decoded]) {
      if (typeof entry === 'string') this.intake.malformed(entry, topic)
      else this.intake.update(topic, entry)
    }
  }

  endTurn(): void {
    this.fanout.endTurn()
    for (const peer of this.peers) while (peer.read());
    this.fanout.nowMs += 400
    this.feed.tick(this.fanout.nowMs, this.fanout.nowMs)
  }

  /** Everything that can be seen from outside, but for the fields: to look at them has them parsed. */
  get seen() {
    const topics = this.fanout.market.channel('t').map((topic) => ({
      ...{ name: topic.name, version: topic.version, asOfMs: topic.asOfMs },
      ...{ fieldCount: topic.fieldCount, changes: topic.changes, from: topic.changesFrom },
    }))
    const { counters } = this.intake
    const { lastUpdateMs, state, sinceMs } = this.feed
    const messages = this.peers.map((peer) => [...peer.messages])
    const { complaints } = this
    return { topics, counters, lastUpdateMs, state, sinceMs, messages, complaints }
  }

  /** As the HTTP API writes it: the order of the fields counts. */
  record(topic: string): string {
    return JSON.stringify(this.fanout.market.find(topic)?.fields)
  }
}

type Step =
  | { readonly does: 'payload'; readonly topic: string; readonly payload: string }
  | { readonly does: 'join' | 'leave'; readonly topic: string; readonly peer: number }
  | { readonly does: 'stored'; readonly topic: string; readonly record: Update }
  | { readonly does: 'look'; readonly topic: string }
  | { readonly does: 'turn' | 'beginReload' | 'up' | 'down' }

const aTopic = fc.constantFrom(...TOPICS)
const aScalar = fc.oneof(
  fc.constantFrom('58721.20', '9.5', '', 'x y', 'é', 'a"b', true, false, 0, 1.5, 1e21),
  fc.integer({ min: -9, max: 99_999 }),
)
const anUpdate = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'ts', 'seq', '7'),
  fc.option(aScalar),
  {
    noNullPrototype: true,
  },
)
/** The ordinary case: the same fields in the same order, and values that a walk can judge. */
const aWhole = fc
  .record({
    a: fc.constantFrom('58721.20', '9.5', ''),
    b: fc.nat(300),
    c: fc.boolean(),
    ts: fc.nat(99),
  })
  .map((record) => JSON.stringify(record))
const aPayload = fc.oneof(
  { weight: 40, arbitrary: aWhole },
  { weight: 2, arbitrary: aWhole.map((text) => text.replaceAll(':', ': ')) },
  { weight: 1, arbitrary: aWhole.map((text) => text.replace('{', '{"7":1,')) },
  { weight: 1, arbitrary: aWhole.map((text) => text.replace('}', ',"seq":7}')) },
  { weight: 1, arbitrary: aWhole.map((text) => text.replace(/,(.*),/, ',"d":1,$1,')) },
  { weight: 1, arbitrary: aWhole.map((text) => `[${text},${text}]`) },
  { weight: 1, arbitrary: aWhole.map((text) => text.slice(0, -1)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('{"c":null}', '{"ts":"x"}', '{"a":null,"b":null}', '{}'),
  },
  { weight: 3, arbitrary: anUpdate.map((update) => JSON.stringify(update)) },
)
const aStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      does: fc.constant('payload' as const),
      topic: fc.oneof({ weight: 20, arbitrary: aTopic }, fc.constant('none')),
      payload: aPayload,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constantFrom('join', 'leave'),
      topic: aTopic,
      peer: fc.nat(3),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constant('stored' as const), topic: aTopic, record: anUpdate }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('look' as const), topic: aTopic }) },
  {
    weight: 8,
    arbitrary: fc.record({
      does: fc.constantFrom(...Array(9).fill('turn'), 'beginReload', 'up', 'up', 'down'),
    }),
  },
) as fc.Arbitrary<Step> // its kinds of step are those of Step, one by one

/** `isTold`: whether this world may know payloads by their layout. */
function take(world: World, step: Step, isTold: boolean): void {
  const { fanout, intake } = world
  if (step.does === 'payload') {
    const payload = Buffer.from(step.payload)
    if (isTold) deliver(intake, step.topic, payload)
    else world.deliverDecoded(step.topic, payload)
    // Redis's client reads the next messages into the same memory.
    payload.fill(0xff)
  } else if (step.does === 'join') {
    // The first two read whole records, the others changes.
    world.peers[step.peer]!.join(step.topic, step.peer < 2 ? 'full' : 'delta')
  } else if (step.does === 'leave') {
    const topic = fanout.market.find(step.topic)
    if (topic !== undefined) fanout.registry.leave(world.peers[step.peer]!.lane, topic)
  } else if (step.does === 'stored') {
    const record = decode(Buffer.from(JSON.stringify(step.record)))
    if (typeof record === 'object') intake.stored(step.topic, record as Update)
  } else if (step.does === 'turn') world.endTurn()
  else if (step.does === 'down') intake.down('test')
  else if (step.does !== 'look') intake[step.does]()
}

describe('a record that is overwritten', () => {
  test('does what it would have done decoded, whatever came before and after', () => {
    const overwrite = vi.spyOn(Intake.prototype, 'overwrite')
    const check = fc.property(fc.array(aStep, { maxLength: 80, size: 'max' }), (steps) => {
      const [fast, slow] = [new World(), new World()]
      for (const step of steps) {
        take(fast, step, true)
        take(slow, step, false)
        expect(fast.seen).toEqual(slow.seen)
        if (step.does === 'look') expect(fast.record(step.topic)).toBe(slow.record(step.topic))
      }
      for (const world of [fast, slow]) world.endTurn()
      expect(fast.seen).toEqual(slow.seen)
      for (const topic of TOPICS) expect(fast.record(topic)).toBe(slow.record(topic))
    })
    fc.assert(check, { numRuns: 300 })
    const taken = overwrite.mock.results.filter(({ value }) => value === true).length
    expect(taken).toBeGreaterThan(overwrite.mock.calls.length / 20)
    overwrite.mockRestore()
  })

  test('is neither parsed nor encoded anew for readers of JSON', () => {
    const { world, send } = knownRecord()
    const parse = vi.spyOn(JSON, 'parse')
    const stringify = vi.spyOn(JSON, 'stringify')
    send('{"bid": "1.50", "n": 1.0}')
    world.fanout.endTurn()
    expect([parse.mock.calls, stringify.mock.calls]).toEqual([[], []])
    vi.restoreAllMocks()
    const frame = Buffer.from(world.peers[0]!.outlet.read()!).toString()
    expect(frame).toBe('[{"type":"full","topic":"t:A","seq":3,"data":{"bid":"1.50","n":1.0}}]')
  })

  test('is known again a while after its publisher took to another way of writing', () => {
    const { world, send } = knownRecord()
    const overwrite = vi.spyOn(world.intake, 'overwrite')
    for (let i = 0; i < 1_000; i++) send(`{"bid":"${i}","n":7}`)
    expect(overwrite.mock.results.at(-1)!.value).toBe(true)
    expect(overwrite.mock.results.filter(({ value }) => !value).length).toBeLessThanOrEqual(2)
    expect(world.record('t:A')).toBe('{"bid":"999","n":7}')
  })

  test('is found by one update in 64 at least, however long there was nothing to be learnt', () => {
    const { world, send } = knownRecord()
    for (let i = 0; i < 1_000; i++) send(`{"bid":"${i}","n":1e${i % 9}}`)
    const overwrite = vi.spyOn(world.intake, 'overwrite')
    for (let i = 0; i < 65; i++) send(`{"bid":"${i}","n":7}`)
    expect(overwrite.mock.results.at(-1)!.value).toBe(true)
  })
})

/** A client of JSON, and a record that came twice: it is parsed no more from now on. */
function knownRecord() {
  const world = new World()
  const send = (text: string) => deliver(world.intake, 't:A', Buffer.from(text))
  world.peers[0]!.join('t:A')
  for (const bid of ['"9.50"', '"9.60"']) send(`{"bid": ${bid}, "n": 5}`)
  world.endTurn()
  return { world, send }
}
