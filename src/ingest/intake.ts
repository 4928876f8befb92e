/**
 * Intake: where a source's updates enter the market; counts what does not get in. @hot
 * Next:  fanout/registry.ts mark(), through the port
 */
import type { Feed } from '../market/feed.ts'
import { type Market, REFUSALS, type Refusal } from '../market/market.ts'
import type { Update } from '../market/record.ts'
import type { Topic } from '../market/topic.ts'
import { MALFORMED_REASONS, type MalformedReason } from './decode.ts'
import type { SourceLog, SourceSink } from './source.ts'

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
  readonly malformed = zeroes(MALFORMED_REASONS)
  readonly refused = zeroes(REFUSALS)
}

export class Intake implements SourceSink {
  readonly counters = new IntakeCounters()
  private readonly market: Market
  private readonly feed: Feed
  private readonly ports: IntakePorts

  constructor(market: Market, feed: Feed, ports: IntakePorts) {
    this.market = market
    this.feed = feed
    this.ports = ports
  }

  overwrite(topic: string, payload: Uint8Array): boolean {
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
    const outcome = this.market.apply(topic, update, wallMs, nowMs)
    if (payload !== undefined && typeof outcome !== 'string') outcome.learn(payload, update)
    this.take(outcome, topic)
  }

  malformed(reason: MalformedReason, topic: string): void {
    this.counters.malformed[reason]++
    this.ports.complain(reason, topic)
  }

  beginReload(): void {
    this.market.beginReload()
  }

  stored(topic: string, record: Update): void {
    const outcome = this.market.reload(topic, record, this.ports.wallMs())
    if (outcome === null) return
    if (typeof outcome !== 'string') this.counters.stored++
    this.take(outcome, topic)
  }

  up(): void {
    this.market.endReload()
    this.feed.up(this.ports.wallMs())
  }

  down(why: string): void {
    this.market.endReload()
    if (this.feed.state !== 'down') {
      this.counters.downs++
      this.ports.log.warn({ why }, 'feed down')
    }
    this.feed.down(this.ports.wallMs())
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
