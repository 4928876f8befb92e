/**
 * A market and its fan-out without sockets, timers or a clock: a test says when a turn of the event loop ends.
 */
import { unpack } from 'msgpackr'
import { FanoutCounters } from '../../src/fanout/counters.ts'
import { Credit } from '../../src/fanout/credit.ts'
import { Flush } from '../../src/fanout/flush.ts'
import { Lane } from '../../src/fanout/lane.ts'
import type { Outlet } from '../../src/fanout/outlet.ts'
import { PauseClock } from '../../src/fanout/pause-clock.ts'
import { Registry } from '../../src/fanout/registry.ts'
import { type ChannelWish, EVERY_TOPIC } from '../../src/fanout/subscription.ts'
import type { Market } from '../../src/market/market.ts'
import { Markets } from '../../src/market/markets.ts'
import type { Update } from '../../src/market/record.ts'
import type { Topic } from '../../src/market/topic.ts'
import type { Dialect } from '../../src/protocol/dialect.ts'
import { DEFAULT_DIALECT } from '../../src/protocol/dialects.ts'
import type { Mode } from '../../src/protocol/messages.ts'
import { FakeOutlet } from './fake-outlet.ts'
import { type AnyMessage, State } from './state.ts'

export const TICK_MS = 25

/** As the settings' defaults. */
export const CREDIT = { laneDelayMs: 100, windowBytesMin: 2_048, windowBytesMax: 1_048_576 }

export class Fanout {
  nowMs = 0
  readonly hasCredit: boolean
  readonly markets: Markets
  /** The live one. */
  readonly market: Market
  readonly counters = new FanoutCounters()
  readonly pauses: PauseClock
  readonly flush: Flush
  readonly registry: Registry
  private run: (() => void) | null = null

  /** Without credit, nothing but a socket's own backlog holds a lane. `delaysMs`: the views that there are. */
  constructor(hasCredit = true, delaysMs: readonly number[] = []) {
    this.hasCredit = hasCredit
    const settings = { maxTopics: 1_000, delaysMs, delayBytesMax: 1_048_576 }
    this.markets = new Markets(settings, 0, (topic) => this.registry.mark(topic))
    this.market = this.markets.live
    const schedule = (run: () => void) => {
      this.run = run
    }
    const onTurnEnd = () => this.markets.endTurn()
    const nowMs = () => this.nowMs
    this.pauses = new PauseClock(TICK_MS, 0)
    this.flush = new Flush(
      { schedule, nowMs, wallMs: nowMs, onTurnEnd },
      this.pauses,
      this.counters,
    )
    this.registry = new Registry(this.markets.all, this.flush)
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

  /** What the server's timer does. */
  tick(): void {
    this.flush.tick()
    this.markets.tick(this.nowMs)
  }

  connect(dialect: Dialect = DEFAULT_DIALECT, outlet = new FakeOutlet()): FakePeer {
    return new FakePeer(this, this.lane(dialect, outlet), outlet)
  }

  /** A registered lane. */
  lane(dialect: Dialect, outlet: Outlet): Lane {
    const credit = this.hasCredit ? new Credit(CREDIT, this.nowMs) : null
    const lane = new Lane(outlet, dialect, credit, this.nowMs)
    this.registry.add(lane)
    return lane
  }
}

/** A client: its lane, and what it makes of the frames that it is handed. */
export class Peer extends State {
  readonly lane: Lane
  readonly messages: AnyMessage[] = []
  frameCount = 0
  protected readonly fanout: Fanout

  constructor(fanout: Fanout, lane: Lane) {
    super()
    this.fanout = fanout
    this.lane = lane
  }

  join(topic: string, mode: Mode = 'full', intervalMs = 0): void {
    const settings = { mode, intervalMs }
    this.fanout.registry.join(this.lane, this.fanout.market.topic(topic)!, settings)
  }

  /** Returns what thereby ended. */
  joinChannel(channel: string, wish: Partial<ChannelWish> = {}): Topic[] {
    const { mode = 'full', intervalMs = 0, admits = EVERY_TOPIC } = wish
    return this.fanout.registry.joinChannel(this.lane, channel, { mode, intervalMs, admits })
  }

  /** Takes a frame in; returns how many messages it held. */
  receive(frame: Uint8Array): number {
    this.frameCount++
    const { isBinary } = this.lane.dialect
    const text = () => JSON.parse(Buffer.from(frame).toString())
    const messages = (isBinary ? unpack(frame) : text()) as AnyMessage[]
    for (const message of messages) {
      this.messages.push(message)
      this.take(message)
    }
    return messages.length
  }
}

/** A client behind a FakeOutlet, which reads when a test says so. */
export class FakePeer extends Peer {
  readonly outlet: FakeOutlet

  constructor(fanout: Fanout, lane: Lane, outlet: FakeOutlet) {
    super(fanout, lane)
    this.outlet = outlet
  }

  /** Reads the next frame, and answers the probes around it; returns false where there is none. */
  read(): boolean {
    const frame = this.outlet.read()
    for (const number of this.outlet.probes.splice(0)) {
      this.fanout.flush.answered(this.lane, number)
    }
    if (frame !== null) this.receive(frame)
    return frame !== null
  }

  /** Reads everything, as a healthy client does, until nothing more comes and no interval is open. */
  readAll(): void {
    for (let turns = 0; ; turns++) {
      if (turns > 10_000) throw new Error(`no end of what there is to read: ${this.lane.hold}`)
      while (this.read());
      this.fanout.tick()
      const isWaiting = [...(this.lane.groups?.values() ?? [])].some(
        ({ waiting }) => waiting.length > 0,
      )
      if (!this.fanout.endTurn() && this.lane.pending.length === 0 && !isWaiting) break
      this.fanout.nowMs += TICK_MS
    }
    while (this.read());
  }
}
