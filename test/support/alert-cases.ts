/**
 * Alert cases: for each alert, series at which it fires and series at which it must not, in promtool's notation: a value
 * each half minute, `1x20` is 1 and twenty more of it, `0+3x20` rises by 3.
 */

export interface AlertCase {
  readonly alert: string
  readonly series: Readonly<Record<string, string>>
  /** Minutes after the begin of the series. */
  readonly atMin: number
  /** Labels that it fires with beside those of its instance; null where it must not fire. */
  readonly fires: Readonly<Record<string, string>> | null
  /** What it says is of the whole job, not of an instance. */
  readonly isOfJob?: boolean
}

/** The same series in two states. */
function pair(
  alert: string,
  atMin: number,
  firing: Readonly<Record<string, string>>,
  quiet: Readonly<Record<string, string>>,
  fires: Readonly<Record<string, string>> = {},
): AlertCase[] {
  return [
    { alert, atMin, series: firing, fires },
    { alert, atMin, series: quiet, fires: null },
  ]
}

const one = (name: string, firing: string, quiet: string) =>
  [{ [name]: firing }, { [name]: quiet }] as const
const state = (name: string) => `tickwire_feed_state{state="${name}"}`
const refused = (fault: string) => `tickwire_handshakes_refused_total{fault="${fault}"}`
const failures = (reason: string) => `tickwire_auth_failures_total{reason="${reason}"}`
const CERTIFICATE = 'tickwire_tls_certificate_expiry_timestamp_seconds'
const DAY_S = 86_400
const NAN = Array(40).fill('NaN').join(' ')
const OPENED = 'tickwire_connections_opened_total'
/** Two clients a second for more than an hour, then a hundred. */
const STORM = '0+60x150 12000+3000x30'

const busy = (activeS: string) => ({
  tickwire_eventloop_active_seconds_total: activeS,
  tickwire_connections_max: '10000x60',
})
const ages = (fast: string, slow: string) => ({
  'tickwire_age_at_send_seconds_bucket{le="0.1"}': fast,
  'tickwire_age_at_send_seconds_bucket{le="2"}': slow,
  'tickwire_age_at_send_seconds_bucket{le="+Inf"}': slow,
})
const lanes = (held: number, free: number) => ({
  'tickwire_lanes{hold="none"}': `${free}x60`,
  'tickwire_lanes{hold="credit"}': `${held}x60`,
  'tickwire_lanes{hold="socket"}': '0x60',
  tickwire_connections: `${held + free}x60`,
})
const share = (name: string, of: string, firing: number, quiet: number, label = '') =>
  [firing, quiet].map((value) => ({
    [`${name}${label}`]: `${value}x80`,
    [`${of}${label}`]: '1000x80',
  })) as [Record<string, string>, Record<string, string>]
const malformed = (perHalfMin: number, reason: string) => ({
  'tickwire_malformed_total{reason="not_json"}': '0x60',
  [`tickwire_refused_total{reason="${reason}"}`]: `0+${perHalfMin}x60`,
})

export const ALERT_CASES: readonly AlertCase[] = [
  ...pair('TickwireFeedDown', 5, ...one(state('down'), '1x20', '0x5 1x0 0x20'), { state: 'down' }),
  ...pair('TickwireFeedStale', 5, ...one(state('stale'), '1x20', '0x8 1x20'), { state: 'stale' }),
  ...pair('TickwireRedisFlaps', 15, ...one('tickwire_feed_downs_total', '0 0+1x40', '0x9 1x40')),
  ...pair('TickwireMalformedUpdates', 20, malformed(6, 'bad_topic'), malformed(6, 'late')),
  ...pair(
    'TickwireDelayNearBound',
    30,
    ...share('tickwire_delay_bytes', 'tickwire_delay_bytes_max', 750, 700, '{delay="900"}'),
    { delay: '900' },
  ),
  ...pair(
    'TickwireNearConnectionLimit',
    10,
    ...share('tickwire_connections', 'tickwire_connections_max', 860, 840),
  ),
  ...pair(
    'TickwireHandshakesRefused',
    15,
    { [refused('server_full')]: '0+30x60' },
    {
      [refused('server_full')]: '0x60',
      [refused('bad_origin')]: '0+30x60',
    },
  ),
  ...pair(
    'TickwireOriginsRefused',
    20,
    { [refused('bad_origin')]: '0+30x60' },
    { [refused('server_full')]: '0+30x60' },
    { fault: 'bad_origin' },
  ),
  {
    alert: 'TickwireReconnectStorm',
    atMin: 84,
    series: { [OPENED]: STORM },
    fires: {},
    isOfJob: true,
  },
  { alert: 'TickwireReconnectStorm', atMin: 74, series: { [OPENED]: STORM }, fires: null },
  {
    alert: 'TickwireReconnectStorm',
    atMin: 84,
    series: { [OPENED]: STORM, tickwire_draining: '0x150 1x10 0x20' },
    fires: null,
  },
  ...pair('TickwireManySlowReaders', 20, lanes(20, 80), lanes(5, 95)),
  { alert: 'TickwireManySlowReaders', atMin: 20, series: lanes(10, 10), fires: null },
  ...pair(
    'TickwireTokensFail',
    20,
    { [failures('expired')]: '0+60x60' },
    { [failures('expired')]: '0+1x60', [failures('unavailable')]: '0+60x60' },
  ),
  ...pair(
    'TickwireKeysUnavailable',
    10,
    { [failures('unavailable')]: '0+1x40' },
    { [failures('unavailable')]: '0x40', [failures('expired')]: '0+1x40' },
    { reason: 'unavailable' },
  ),
  ...pair('TickwireDown', 5, ...one('up', '1 0x20', '1x20')),
  ...pair(
    'TickwireWorkersMissing',
    10,
    { tickwire_workers: '4x2 3x20', tickwire_workers_wanted: '4x22' },
    { tickwire_workers: '3x2 4x20', tickwire_workers_wanted: '4x22' },
  ),
  ...pair('TickwireEventLoopSaturated', 15, busy('0+27x60'), busy('0+24x60')),
  // Four workers tell their sum.
  ...pair(
    'TickwireEventLoopSaturated',
    15,
    { ...busy('0+108x60'), tickwire_workers: '4x60' },
    { ...busy('0+96x60'), tickwire_workers: '4x60' },
  ),
  ...pair('TickwireAgeAtSendHigh', 20, ages('0+98x60', '0+100x60'), ages('0+100x60', '0+100x60')),
  ...pair('TickwireDrainTakesLong', 4, ...one('tickwire_draining', '0x2 1x20', '0x6 1x20')),
  ...pair(
    'TickwireFileDescriptorsNearEnd',
    10,
    ...share('process_open_fds', 'process_max_fds', 860, 840),
  ),
  ...pair('TickwireSocketsCut', 5, ...one('tickwire_sockets_cut_total', '0+1x20', '7x20')),
  ...pair(
    'TickwireCertificateExpires',
    15,
    ...one(CERTIFICATE, `${6 * DAY_S}x60`, `${8 * DAY_S}x60`),
  ),
  // Without TLS.
  {
    alert: 'TickwireCertificateExpires',
    atMin: 15,
    series: { [CERTIFICATE]: NAN },
    fires: null,
  },
  ...pair(
    'TickwireCertificateNotRenewed',
    10,
    ...one('tickwire_tls_reloads_total{outcome="failed"}', '0x9 1x20', '1x30'),
    { outcome: 'failed' },
  ),
]
