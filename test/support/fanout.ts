/**
 * A market and its fan-out without sockets, timers or a clock: a test says when a turn of the event loop ends.
 */
import { unpack } from 'msgpackr'
import { FanoutCounters } from '../../src/fanout/counters.ts'
import { Flush } from '../../src/fanout/flush.ts'
import { Lane } from '../../src/fanout/lane.ts'
import { Registry } from '../../src/fanout/registry.ts'
import { Market } from '../../src/market/market.ts'
import type { Update } from '../../src/market/record.ts'
import type { Dialect } from '../../src/protocol/dialect.ts'
import { DEFAULT_DIALECT } from '../../src/protocol/dialects.ts'
import { FakeOutlet } from './fake-outlet.ts'
import { type AnyMessage, State } from './state.ts'

export class Fanout {
  nowMs = 0
  readonly market = new Market(1_000)
  readonly counters = new FanoutCounters()
  readonly flush: Flush
  readonly registry: Registry
  private run: (() => void) | null = null

  constructor() {
    const schedule = (run: () => void) => {
      this.run = run
    }
    const onTurnEnd = () => {
      this.market.turn++
    }
    this.flush = new Flush({ schedule, nowMs: () => this.nowMs, onTurnEnd }, this.counters)
    this.registry = new Registry(this.market, this.flush, this.counters)
  }

  /** An update comes in; a refused one fails the test. */
  update(topic: string, update: Update): void {
    const outcome = this.market.apply(topic, update, this.nowMs)
    if (typeof outcome === 'string') throw new Error(`refused: ${outcome}`)
    this.registry.mark(outcome)
  }

  /** Ends a turn of the event loop; returns whether there was anything to flush. */
  endTurn(): boolean {
    const { run } = this
    this.run = null
    run?.()
    return run !== null
  }

  connect(dialect: Dialect = DEFAULT_DIALECT, outlet = new FakeOutlet()): FakePeer {
    return new FakePeer(this, dialect, outlet)
  }
}

/** A client behind a FakeOutlet. */
export class FakePeer extends State {
  readonly lane: Lane
  readonly outlet: FakeOutlet
  readonly messages: AnyMessage[] = []
  frameCount = 0
  private readonly fanout: Fanout

  constructor(fanout: Fanout, dialect: Dialect, outlet: FakeOutlet) {
    super()
    this.fanout = fanout
    this.outlet = outlet
    this.lane = new Lane(outlet, dialect, fanout.nowMs)
    fanout.registry.add(this.lane)
  }

  join(topic: string, mode: 'full' | 'delta' = 'full'): void {
    const settings = { mode, intervalMs: 0 }
    this.fanout.registry.join(this.lane, this.fanout.market.topic(topic)!, settings)
  }

  /** Reads the next frame; returns false where there is none. */
  read(): boolean {
    const frame = this.outlet.read()
    if (frame === null) return false
    this.frameCount++
    const { isBinary } = this.lane.dialect
    const text = () => JSON.parse(Buffer.from(frame).toString())
    for (const message of (isBinary ? unpack(frame) : text()) as AnyMessage[]) {
      this.messages.push(message)
      this.take(message)
    }
    return true
  }

  /** Reads everything, as a healthy client does, until nothing more comes. */
  readAll(): void {
    do {
      while (this.read());
      this.fanout.flush.resume(this.lane)
    } while (this.fanout.endTurn() || this.outlet.backlogBytes() > 0)
    while (this.read());
  }
}
