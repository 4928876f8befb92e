/**
 * What the dashboard shows: its rows, and their panels.
 */

export interface Panel {
  readonly title: string
  /** Grafana's name of the unit. */
  readonly unit: string
  /** Legend -> PromQL; `{a="b"}` and `{}` are filled up with what the variables choose. */
  readonly queries: Readonly<Record<string, string>>
  readonly hint?: string
}

const rate = (metric: string, labels = '{}') => `rate(${metric}${labels}[$__rate_interval])`
const all = (metric: string) => `sum(${rate(metric)})`
const by = (label: string, metric: string) => ({
  [`{{${label}}}`]: `sum by (${label}) (${rate(metric)})`,
})
const each = (query: string) => ({ '{{instance}}': query })
const byServer = (metric: string) =>
  each(`histogram_quantile(0.99, sum by (instance, le) (${rate(`${metric}_bucket`)}))`)
const quantiles = (metric: string) =>
  Object.fromEntries(
    [0.5, 0.99].map((part) => [
      `p${part * 100}`,
      `histogram_quantile(${part}, sum by (le) (${rate(`${metric}_bucket`)}))`,
    ]),
  )

export const ROWS: Readonly<Record<string, readonly Panel[]>> = {
  Overview: [
    {
      title: 'Connections',
      unit: 'short',
      queries: { open: 'sum(tickwire_connections{})', limit: 'sum(tickwire_connections_max{})' },
    },
    {
      title: 'Feed',
      unit: 'short',
      hint: 'Servers by the state of their feed: all should be live.',
      queries: { '{{state}}': 'sum by (state) (tickwire_feed_state{})' },
    },
    {
      title: 'Messages sent',
      unit: 'cps',
      queries: {
        sent: all('tickwire_messages_sent_total'),
        'taken in': all('tickwire_updates_total'),
      },
    },
    {
      title: 'Event loops',
      unit: 'percentunit',
      hint: 'Above 0.85 for long: saturated.',
      queries: each('instance:tickwire_eventloop_utilization:rate5m{}'),
    },
    { title: 'Age at send', unit: 's', queries: quantiles('tickwire_age_at_send_seconds') },
    {
      title: 'Versions',
      unit: 'short',
      queries: { '{{version}}': 'sum by (version) (tickwire_build_info{})' },
    },
  ],
  Connections: [
    { title: 'Connections by server', unit: 'short', queries: each('tickwire_connections{}') },
    {
      title: 'Opened',
      unit: 'cps',
      queries: { opened: all('tickwire_connections_opened_total') },
    },
    {
      title: 'Closed, by code',
      unit: 'cps',
      queries: by('code', 'tickwire_connections_closed_total'),
    },
    { title: 'Subscriptions', unit: 'short', queries: each('tickwire_subscriptions{}') },
    {
      title: 'Requests, by method',
      unit: 'reqps',
      queries: by('method', 'tickwire_requests_total'),
    },
    { title: 'Draining', unit: 'short', queries: each('tickwire_draining{}') },
  ],
  'Delivery and age': [
    {
      title: 'Frames, by dialect',
      unit: 'cps',
      queries: by('dialect', 'tickwire_frames_sent_total'),
    },
    {
      title: 'Messages in a frame',
      unit: 'short',
      queries: {
        messages: `${all('tickwire_messages_sent_total')} / ${all('tickwire_frames_sent_total')}`,
      },
    },
    {
      title: 'Bytes, by dialect',
      unit: 'Bps',
      queries: by('dialect', 'tickwire_sent_bytes_total'),
    },
    {
      title: 'Age at send, p99 by server',
      unit: 's',
      hint: 'Of clients that ask for an interval it may be as much.',
      queries: byServer('tickwire_age_at_send_seconds'),
    },
    {
      title: 'Round trips of probes',
      unit: 's',
      queries: quantiles('tickwire_probe_round_trip_seconds'),
    },
    {
      title: 'Delayed views: memory of its bound',
      unit: 'percentunit',
      hint: 'At 0.75 it is at its bound: steps get longer.',
      queries: {
        '{{instance}} {{delay}} s': 'tickwire_delay_bytes{} / tickwire_delay_bytes_max{}',
      },
    },
  ],
  'Slow readers and conflation': [
    {
      title: 'Held, by what for',
      unit: 'short',
      queries: { '{{hold}}': 'sum by (hold) (tickwire_lanes{hold!="none"})' },
    },
    { title: 'Holds', unit: 'cps', queries: by('why', 'tickwire_holds_total') },
    {
      title: 'Updates that a newer one replaced',
      unit: 'cps',
      hint: 'Superseded: the client had no room. Paced: its own interval was not over.',
      queries: { superseded: all('tickwire_superseded_total'), paced: all('tickwire_paced_total') },
    },
    {
      title: 'Closed as slow readers',
      unit: 'cps',
      queries: { closed: `sum(${rate('tickwire_faults_total', '{fault="slow_reader"}')})` },
    },
  ],
  'Redis and feed': [
    { title: 'Updates taken in', unit: 'cps', queries: each(rate('tickwire_updates_total')) },
    {
      title: 'Since the last update',
      unit: 's',
      queries: each('time() - (tickwire_feed_last_update_timestamp_seconds{} > 0)'),
    },
    {
      title: 'Times down',
      unit: 'short',
      queries: each('increase(tickwire_feed_downs_total{}[$__rate_interval])'),
    },
    { title: 'Topics', unit: 'short', queries: each('tickwire_topics{}') },
    {
      title: 'Not taken in, by reason',
      unit: 'cps',
      queries: {
        'malformed: {{reason}}': `sum by (reason) (${rate('tickwire_malformed_total')}) > 0`,
        'refused: {{reason}}': `sum by (reason) (${rate('tickwire_refused_total')}) > 0`,
      },
    },
    {
      title: 'Stored records read',
      unit: 'cps',
      queries: each(rate('tickwire_stored_records_total')),
    },
  ],
  'Process and event loop': [
    { title: 'CPU', unit: 'percentunit', queries: each(rate('process_cpu_seconds_total')) },
    {
      title: 'Event loop delay, p99',
      unit: 's',
      queries: byServer('tickwire_eventloop_delay_seconds'),
    },
    { title: 'Resident memory', unit: 'bytes', queries: each('process_resident_memory_bytes{}') },
    { title: 'Heap', unit: 'bytes', queries: each('nodejs_heap_size_used_bytes{}') },
    {
      title: 'Garbage collection',
      unit: 'percentunit',
      queries: each(`sum by (instance) (${rate('nodejs_gc_duration_seconds_sum')})`),
    },
    {
      title: 'File descriptors',
      unit: 'percentunit',
      queries: each('process_open_fds{} / process_max_fds{}'),
    },
  ],
  Security: [
    {
      title: 'Handshakes refused, by fault',
      unit: 'cps',
      queries: by('fault', 'tickwire_handshakes_refused_total'),
    },
    {
      title: 'Faults told, by fault',
      unit: 'cps',
      queries: { '{{fault}}': `sum by (fault) (${rate('tickwire_faults_total')}) > 0` },
    },
    {
      title: 'Tokens not accepted, by reason',
      unit: 'cps',
      queries: { '{{reason}}': `sum by (reason) (${rate('tickwire_auth_failures_total')}) > 0` },
    },
    {
      title: 'The certificate ends in',
      unit: 's',
      queries: each('tickwire_tls_certificate_expiry_timestamp_seconds{} - time()'),
    },
    {
      title: 'Sockets that are no WebSocket, and cut ones',
      unit: 'short',
      queries: {
        'no WebSocket': 'sum(tickwire_http_sockets{})',
        'cut a second': all('tickwire_sockets_cut_total'),
      },
    },
    {
      title: 'Addresses that no proxy told, by why',
      unit: 'cps',
      queries: by('why', 'tickwire_unknown_addresses_total'),
    },
  ],
}
