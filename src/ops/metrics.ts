/**
 * Metrics: the rooms' plain counters as Prometheus text. Nothing here runs but at a scrape.
 */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { FanoutCounters } from '../fanout/counters.ts'
import type { Flush } from '../fanout/flush.ts'
import type { Registry as Subscriptions } from '../fanout/registry.ts'
import type { IntakeCounters } from '../ingest/intake.ts'
import { FEED_STATES, type Feed } from '../market/feed.ts'
import type { Market } from '../market/market.ts'
import type { SessionCounters } from '../session/counters.ts'
import type { TransportCounters } from '../transport/counters.ts'

export interface MetricsPorts {
  readonly version: string
  readonly dialects: readonly string[]
  readonly market: Market
  readonly feed: Feed
  readonly intake: IntakeCounters
  readonly fanout: FanoutCounters
  readonly flush: Flush
  readonly subscriptions: Subscriptions
  readonly session: SessionCounters
  readonly transport: TransportCounters
}

/** A figure, or one for each value of a label. */
type Reading = number | Readonly<Record<string, number>>

export class Metrics {
  readonly contentType: string
  private readonly registry = new Registry()

  constructor(ports: MetricsPorts) {
    this.contentType = this.registry.contentType
    collectDefaultMetrics({ register: this.registry })
    this.describeInput(ports)
    this.describeOutput(ports)
    this.describePeers(ports)
  }

  /** The whole exposition text. */
  text(): Promise<string> {
    return this.registry.metrics()
  }

  private describeInput({ market, feed, intake, version }: MetricsPorts): void {
    this.gauge(
      'build_info',
      'Always 1; the label says which build.',
      () => ({ [version]: 1 }),
      'version',
    )
    this.gauge('topics', 'Topics that have a value.', () => market.topicCount)
    this.counter('updates_total', 'Updates taken in.', () => intake.updates)
    this.counter('stored_records_total', 'Stored records taken over.', () => intake.stored)
    this.counter(
      'malformed_total',
      'Messages that are no update.',
      () => intake.malformed,
      'reason',
    )
    this.counter('refused_total', 'Updates not taken in.', () => intake.refused, 'reason')
    this.counter('feed_downs_total', 'Times the source went down.', () => intake.downs)
    this.gauge(
      'feed_state',
      '1 for the state the feed is in.',
      () => oneOf(FEED_STATES, feed.state),
      'state',
    )
    this.gauge(
      'feed_last_update_timestamp_seconds',
      'When the last update came; 0 before the first.',
      () => feed.lastUpdateMs / 1000,
    )
  }

  private describeOutput({ fanout, flush, subscriptions, dialects }: MetricsPorts): void {
    const sent = (field: 'frames' | 'messages' | 'bytes') => () =>
      Object.fromEntries(dialects.map((name, index) => [name, fanout.sent[index]![field]]))
    this.counter('frames_sent_total', 'WebSocket frames sent.', sent('frames'), 'dialect')
    this.counter('messages_sent_total', 'Messages sent.', sent('messages'), 'dialect')
    this.counter('sent_bytes_total', 'Bytes of the frames sent.', sent('bytes'), 'dialect')
    this.counter(
      'superseded_total',
      'Updates that a newer one replaced on a lane before they were sent.',
      () => fanout.superseded,
    )
    this.counter('holds_total', 'Times a lane waited for its socket.', () => fanout.holds)
    this.gauge('lanes_held', 'Lanes waiting for their socket.', () => flush.heldCount)
    this.gauge(
      'subscriptions',
      'Subscriptions, those through a whole channel by topic.',
      () => subscriptions.subscriptionCount,
    )
  }

  private describePeers({ session, transport }: MetricsPorts): void {
    this.gauge('connections', 'Open connections.', () => transport.connections)
    this.counter('connections_opened_total', 'Connections opened.', () => transport.opened)
    this.counter('connections_closed_total', 'Connections closed.', () => transport.closed, 'code')
    this.counter(
      'handshakes_refused_total',
      'Handshakes refused.',
      () => transport.refused,
      'fault',
    )
    this.counter('http_requests_total', 'HTTP requests answered.', () => transport.http, 'status')
    this.counter('requests_total', 'Requests answered.', () => session.requests, 'method')
    this.counter('faults_total', 'Faults that peers were told of.', () => session.faults, 'fault')
  }

  private gauge(name: string, help: string, read: () => Reading, label?: string): void {
    const labelNames = label === undefined ? [] : [label]
    new Gauge({
      name: `tickwire_${name}`,
      help,
      labelNames,
      registers: [this.registry],
      collect() {
        each(read(), label, (labels, value) => this.set(labels, value))
      },
    })
  }

  private counter(name: string, help: string, read: () => Reading, label?: string): void {
    const labelNames = label === undefined ? [] : [label]
    new Counter({
      name: `tickwire_${name}`,
      help,
      labelNames,
      registers: [this.registry],
      collect() {
        // The rooms count; a scrape copies.
        this.reset()
        each(read(), label, (labels, value) => this.inc(labels, value))
      },
    })
  }
}

function each(
  reading: Reading,
  label: string | undefined,
  say: (labels: Record<string, string>, value: number) => void,
): void {
  if (typeof reading === 'number') say({}, reading)
  else if (label !== undefined) {
    for (const name in reading) say({ [label]: name }, reading[name]!)
  }
}

function oneOf(names: readonly string[], present: string): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, name === present ? 1 : 0]))
}
