/**
 * Metrics: the rooms' plain counters as Prometheus text. Nothing here runs but at a scrape.
 */
import { performance } from 'node:perf_hooks'
import type { AccessCounters } from '../access/counters.ts'
import type { FanoutCounters } from '../fanout/counters.ts'
import type { Histogram } from '../fanout/histogram.ts'
import { HOLDS, type Lane } from '../fanout/lane.ts'
import type { Registry as Subscriptions } from '../fanout/registry.ts'
import type { IntakeCounters } from '../ingest/intake.ts'
import type { Delayed } from '../market/delayed.ts'
import { FEED_STATES, type Feed } from '../market/feed.ts'
import type { Market } from '../market/market.ts'
import type { SessionCounters } from '../session/counters.ts'
import type { TransportCounters } from '../transport/counters.ts'
import { Exposition } from './exposition.ts'
import type { Health } from './health.ts'

export interface MetricsPorts {
  readonly version: string
  readonly dialects: readonly string[]
  readonly market: Market
  readonly delayed: readonly Delayed[]
  readonly feed: Feed
  readonly intake: IntakeCounters
  readonly fanout: FanoutCounters
  readonly subscriptions: Subscriptions
  readonly access: AccessCounters
  readonly session: SessionCounters
  readonly transport: TransportCounters
  readonly health: Health
  /** How late the event loop was, ms. */
  readonly loopDelayMs: Histogram
}

export class Metrics extends Exposition {
  constructor(ports: MetricsPorts) {
    super()
    this.describeInput(ports)
    this.describeDelays(ports)
    this.describeOutput(ports)
    this.describePeers(ports)
  }

  private describeInput({ market, feed, intake, version, loopDelayMs }: MetricsPorts): void {
    this.gauge(
      'build_info',
      'Always 1; the label says which build.',
      () => ({ [version]: 1 }),
      'version',
      'max',
    )
    this.counter(
      'eventloop_active_seconds_total',
      'Time that the event loop did not wait; its rate is the utilization.',
      () => performance.eventLoopUtilization().active / 1_000,
    )
    this.histogram(
      'eventloop_delay_seconds',
      'How late the event loop came to a timer.',
      loopDelayMs,
    )
    this.gauge('topics', 'Topics that have a value.', () => market.topicCount, undefined, 'max')
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
    this.gauge('sources', 'Connections that the source needs.', () => intake.parts)
    this.gauge('sources_up', 'Those of them that are up.', () => intake.partsUp)
    this.gauge(
      'feed_state',
      '1 for the state the feed is in.',
      () => oneOf(FEED_STATES, feed.state),
      'state',
      'max',
    )
    this.gauge(
      'feed_last_update_timestamp_seconds',
      'When the last update came; 0 before the first.',
      () => feed.lastUpdateMs / 1000,
      undefined,
      'max',
    )
  }

  private describeDelays({ delayed }: MetricsPorts): void {
    const each = (read: (one: Delayed) => number) => () =>
      Object.fromEntries(delayed.map((one) => [`${one.view.delayMs / 1000}`, read(one)]))
    this.gauge(
      'delay_topics',
      'Topics that have a value in a delayed view, by its delay in seconds.',
      each(({ view }) => view.topicCount),
      'delay',
      'max',
    )
    this.gauge(
      'delay_bytes',
      'What is kept on its way to a delayed view.',
      each(({ bytes }) => bytes),
      'delay',
    )
    this.gauge(
      'delay_bytes_max',
      'What may be kept on its way to a delayed view.',
      each(({ bytesMax }) => bytesMax),
      'delay',
    )
    this.gauge(
      'delay_step_seconds',
      'How far apart values of a topic are in a delayed view, at the least.',
      each(({ stepMs }) => stepMs / 1000),
      'delay',
      'max',
    )
  }

  private describeOutput({ fanout, subscriptions, dialects }: MetricsPorts): void {
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
    this.counter(
      'paced_total',
      'The same while a subscription waited for the interval it asked for.',
      () => fanout.paced,
    )
    this.counter('holds_total', 'Times a lane had to wait.', () => fanout.holds, 'why')
    this.gauge(
      'lanes',
      'Lanes by what they wait for.',
      () => countHolds(subscriptions.lanes),
      'hold',
    )
    this.histogram('probe_round_trip_seconds', 'Round trips of probes.', fanout.rttMs)
    this.histogram('age_at_send_seconds', 'Age of the oldest update of a frame.', fanout.ageMs)
    this.gauge(
      'subscriptions',
      'Subscriptions, those through a whole channel by topic.',
      () => subscriptions.subscriptionCount,
    )
  }

  private describePeers({ access, session, transport, health }: MetricsPorts): void {
    const isDraining = () => (health.isDraining ? 1 : 0)
    this.gauge('draining', '1 while the server ends.', isDraining, undefined, 'max')
    this.gauge('connections', 'Open connections.', () => transport.connections)
    this.gauge('connections_max', 'How many may be.', () => transport.connectionsMax)
    this.counter('connections_opened_total', 'Connections opened.', () => transport.opened)
    this.counter('connections_closed_total', 'Connections closed.', () => transport.closed, 'code')
    this.counter(
      'handshakes_refused_total',
      'Handshakes refused.',
      () => transport.refused,
      'fault',
    )
    this.counter(
      'unknown_addresses_total',
      'Requests whose client address no proxy told.',
      () => transport.unknownAddresses,
      'why',
    )
    this.gauge(
      'http_sockets',
      'Open TCP connections of clients that are no WebSocket.',
      () => transport.httpSockets,
    )
    this.counter(
      'sockets_accepted_total',
      'TCP connections of clients.',
      () => transport.socketsAccepted,
    )
    this.counter(
      'sockets_cut_total',
      'Those closed unheard, for want of file descriptors.',
      () => transport.socketsCut,
    )
    this.counter(
      'tls_reloads_total',
      'Times the certificate was read again.',
      () => transport.tlsReloads,
      'outcome',
    )
    this.gauge(
      'tls_certificate_expiry_timestamp_seconds',
      'When the certificate expires; NaN without TLS.',
      () => transport.tlsExpiresAtMs / 1_000,
      undefined,
      'min',
    )
    this.counter('http_requests_total', 'HTTP requests answered.', () => transport.http, 'status')
    this.counter('requests_total', 'Requests answered.', () => session.requests, 'method')
    this.counter(
      'auth_failures_total',
      'Tokens that were not accepted.',
      () => access.failures,
      'reason',
    )
    this.counter('unasked_pongs_total', 'Pongs of no probe.', () => session.unaskedPongs)
    this.counter('unasked_acks_total', 'Acks of no probe.', () => session.unaskedAcks)
    this.counter('faults_total', 'Faults that peers were told of.', () => session.faults, 'fault')
  }
}

function countHolds(lanes: Iterable<Lane>): Record<string, number> {
  const counts = Object.fromEntries(HOLDS.map((hold) => [hold, 0]))
  for (const { hold } of lanes) counts[hold]!++
  return counts
}

function oneOf(names: readonly string[], present: string): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, name === present ? 1 : 0]))
}
