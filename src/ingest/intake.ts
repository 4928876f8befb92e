/**
 * Intake: where a source's updates enter the market; counts what does not get in. @hot
 * Next:  fanout/registry.ts mark(), through the port
 */
import type { Feed } from '../market/feed.ts'
import { type Market, REFUSALS, type Refusal } from '../market/market.ts'
import type { Update } from '../market/record.ts'
import { Reload } from '../market/reload.ts'
import type { Topic } from '../market/topic.ts'
import { MALFORMED_REASONS, type MalformedReason } from './decode.ts'
import type { PartSink, SourceLog, SourceSink } from './source.ts'
import { Whole } from './whole.ts'

export interface IntakePorts {
  /** Hands a changed topic on. */
  readonly mark: (topic: Topic) => void
  /** The wall clock, ms since the epoch. */
  readonly wallMs: () => number
  /** A clock that never steps, ms. */
  readonly nowMs: () => number
  /** Told of what was not taken in; called as often as it happens, so it limits itself. */
  readonly complain: (reason: MalformedReason | Refusal, topic: string) => void
  readonly log: SourceLog
}

/** Plain numbers, which ops/metrics.ts copies when it is asked. */
export class IntakeCounters {
  updates = 0
  /** Records taken over from where the publisher stores them. */
  stored = 0
  /** Times that the source went down. */
  downs = 0
  /** Connections that the source needs, and those of them that are up. */
  parts = 1
  partsUp = 0
  readonly malformed = zeroes(MALFORMED_REASONS)
  readonly refused = zeroes(REFUSALS)
}

export class Intake implements SourceSink, PartSink {
  readonly counters: IntakeCounters
  private readonly market: Market
  private readonly feed: Feed
  private readonly ports: IntakePorts
  private readonly whole: Whole
  /** Not null while the source makes good what it missed. */
  private reload: Reload | null = null

  /** `whole`: of what it is one more part; without one it is the first of its own. */
  constructor(market: Market, feed: Feed, ports: IntakePorts, whole?: Whole) {
    this.market = market
    this.feed = feed
    this.ports = ports
    this.whole = whole ?? new Whole(this, new IntakeCounters(), feed, ports)
    this.counters = this.whole.counters
  }

  overwrite(topic: string, payload: Uint8Array): boolean {
    if (this.reload !== null) return false
    const known = this.market.recognise(topic, payload)
    if (known === null) return false
    const wallMs = this.ports.wallMs()
    this.feed.heard(wallMs)
    this.market.overwrite(known, payload, wallMs)
    this.take(known, topic)
    return true
  }

  update(topic: string, update: Update, payload?: Uint8Array): void {
    const wallMs = this.ports.wallMs()
    this.feed.heard(wallMs)
    // Numbers alone need it, and to look at a clock is a thirtieth of all that an update costs.
    const nowMs = update.seq === undefined ? wallMs : this.ports.nowMs()
    const outcome = this.market.apply(topic, update, wallMs, nowMs, this.reload)
    if (payload !== undefined && typeof outcome !== 'string') outcome.learn(payload, update)
    this.take(outcome, topic)
  }

  malformed(reason: MalformedReason, topic: string): void {
    this.counters.malformed[reason]++
    this.ports.complain(reason, topic)
  }

  beginReload(): void {
    this.reload = new Reload()
  }

  stored(topic: string, record: Update): void {
    const outcome = this.market.reload(topic, record, this.ports.wallMs(), this.reload)
    if (outcome === null) return
    if (typeof outcome !== 'string') this.counters.stored++
    this.take(outcome, topic)
  }

  up(): void {
    this.reload = null
    this.whole.up(this)
  }

  down(why: string): void {
    this.reload = null
    this.whole.down(this, why)
  }

  part(): PartSink {
    const part = new Intake(this.market, this.feed, this.ports, this.whole)
    this.whole.join(part)
    return part
  }

  leave(): void {
    this.reload = null
    this.whole.leave(this)
  }

  private take(outcome: Topic | Refusal, topic: string): void {
    if (typeof outcome === 'string') {
      this.counters.refused[outcome]++
      // A late duplicate is a thing that happens, not a mistake of anybody's.
      if (outcome !== 'late') this.ports.complain(outcome, topic)
      return
    }
    this.counters.updates++
    this.ports.mark(outcome)
  }
}

function zeroes<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>
}
