/**
 * Figures: every figure that a run may report: what it is called in tables, its unit, which way is better, and how it
 * is taken. A group's figure, such as `slow.ageMsP99`, is described by the entry of the name behind the dot.
 */

export type Better = 'lower' | 'higher' | null

export interface Figure {
  readonly label: string
  /** `part` is a share of 1 and printed as %. Times in `ms` are printed in s from 1,000 on. */
  readonly unit: Unit
  /** Significant digits. */
  readonly digits: number
  /** null: it says what happened, and neither way is better. */
  readonly better: Better
  /** What it is and how it is taken, in a line. */
  readonly says: string
}

type Unit = '' | 'us' | 'us/s' | 'ms' | 'ms/s' | '%' | 'part' | '/s' | 'B' | 'KiB/s' | 'MiB'

const DIGITS = 3
/** Counts are whole, and figures that lie close to what was asked for need a digit more to be told from it. */
const MANY_DIGITS = 4
const ALL_DIGITS = 9

const AGE = 'from when an update was due to when a client had read it'
const JOIN = "from a client's connecting to its last subscription's first value"
const GAP = 'the longest that a client was without any update, from the signal to stop on'
const RESPONSE = 'from when an HTTP request was sent to its whole response'

/** Name -> what it is. */
export const FIGURES = {
  cpuUsPerUpdate: lower(
    'CPU per update',
    'us',
    "the server's CPU time, user and system, over updates delivered",
  ),
  cpuPercent: lower('CPU', '%', "the server's CPU time, of one core"),
  updatesPerS: higher('updates', '/s', 'delivered to all clients', MANY_DIGITS),
  deliveredPart: higher(
    'delivered',
    'part',
    'of what was offered to all clients; the rest was superseded',
    MANY_DIGITS,
  ),
  supersededPerS: neutral(
    'superseded',
    '/s',
    'updates that a newer one replaced before they were sent',
  ),
  pacedPerS: neutral(
    'paced',
    '/s',
    'updates that waited for the interval that their client asked for',
  ),
  holdsPerS: neutral('holds', '/s', 'times that a lane had to wait for its credit'),
  framesPerS: neutral('frames', '/s', 'WebSocket frames of data read by all clients'),
  updatesPerFrame: neutral('updates per frame', '', 'updates delivered over frames of data'),
  bytesPerUpdate: lower(
    'bytes per update',
    'B',
    'bytes read by clients, framing included, over updates delivered',
  ),
  ageMsP50: lower('age p50', 'ms', `${AGE}: half of all updates`),
  ageMsP90: lower('age p90', 'ms', `${AGE}: 90 % of all updates`),
  ageMsP99: lower('age p99', 'ms', `${AGE}: 99 % of all updates`),
  ageMsP999: lower('age p99.9', 'ms', `${AGE}: 99.9 % of all updates`),
  ageMsMax: lower('age max', 'ms', `${AGE}: the worst of all`),
  rssMiB: lower('memory', 'MiB', "the server's resident set at the end"),
  rssSlopeKiBPerS: lower(
    'memory growth',
    'KiB/s',
    "slope of the server's resident set, least squares",
  ),
  utilization: lower(
    'event loop busy',
    'part',
    "share of the time that the server's event loop did not wait",
  ),
  gcMsPerS: lower('garbage collection', 'ms/s', "time that the server's garbage collector took"),
  disorders: lower(
    'read after a newer one',
    '',
    'updates older than one of their topic read before',
    ALL_DIGITS,
  ),
  connected: neutral('connected', '', 'clients that were connected', ALL_DIGITS),
  disconnected: lower(
    'disconnected',
    '',
    'clients whose connection was closed on them',
    ALL_DIGITS,
  ),
  exactPart: higher(
    'exact at the end',
    'part',
    'clients with the last value of every topic after publishing',
    MANY_DIGITS,
  ),
  exactAfterMs: lower('exact after', 'ms', "from the publisher's end until all clients were exact"),
  rssBytesPerConnection: lower(
    'memory per connection',
    'B',
    'growth of the resident set over connections',
    MANY_DIGITS,
  ),
  cpuUsPerConnectionPerS: lower(
    'CPU per connection',
    'us/s',
    "the server's CPU time over idle connections",
  ),
  connectionsPerS: higher('connections', '/s', 'opened and subscribed, over the time it took'),
  joinMsP50: lower('join p50', 'ms', `${JOIN}: half of all clients`),
  joinMsP90: lower('join p90', 'ms', `${JOIN}: 90 % of all clients`),
  joinMsP99: lower('join p99', 'ms', `${JOIN}: 99 % of all clients`),
  joinMsP999: lower('join p99.9', 'ms', `${JOIN}: 99.9 % of all clients`),
  joinMsMax: lower('join max', 'ms', `${JOIN}: the last of all`),
  joinedAfterMs: lower(
    'all joined after',
    'ms',
    "from the first client's connecting until all had joined",
  ),
  heldBefore: lower(
    'held before',
    '',
    'lanes of clients that were there before which had to wait',
    ALL_DIGITS,
  ),
  reconnectsPerS: neutral('reconnects', '/s', 'clients that came back'),
  attacksPerS: neutral('attacks', '/s', 'what hostile clients began'),
  staleAfterMs: lower(
    'told stale after',
    'ms',
    'from the break of the source until clients were told',
  ),
  liveAfterMs: lower('live after', 'ms', "from the source's return until clients read new values"),
  keptPart: higher(
    'kept until replaced',
    'part',
    'clients that had their connection until the next one had all its values',
    MANY_DIGITS,
  ),
  goneBack: lower(
    'gone back',
    '',
    'values that were older, or missing, after a client had moved to the next server',
    ALL_DIGITS,
  ),
  missed: lower(
    'missed in moving',
    '',
    'updates that clients read from neither server when they moved',
    ALL_DIGITS,
  ),
  gapMsP50: lower('longest gap p50', 'ms', `${GAP}: half of all clients`),
  gapMsP99: lower('longest gap p99', 'ms', `${GAP}: 99 % of all clients`),
  gapMsMax: lower('longest gap max', 'ms', `${GAP}: the worst of all`),
  leastPart: higher(
    'came in the emptiest tenth',
    'part',
    'of all that came back, in a tenth of the time in which they were told to',
  ),
  mostPart: lower(
    'came in the fullest tenth',
    'part',
    'of all that came back, in a tenth of the time in which they were told to',
  ),
  stoppedAfterMs: neutral(
    'ended after',
    'ms',
    "from the signal to stop until the server's process had ended",
  ),
  backAfterMs: lower(
    'all back after',
    'ms',
    'from the signal to stop until all clients had connected to another server',
  ),
  requestsPerS: higher('HTTP requests', '/s', 'responses read', MANY_DIGITS),
  responseMsP50: lower('response p50', 'ms', `${RESPONSE}: half of all requests`),
  responseMsP90: lower('response p90', 'ms', `${RESPONSE}: 90 % of all requests`),
  responseMsP99: lower('response p99', 'ms', `${RESPONSE}: 99 % of all requests`),
  responseMsP999: lower('response p99.9', 'ms', `${RESPONSE}: 99.9 % of all requests`),
  responseMsMax: lower('response max', 'ms', `${RESPONSE}: the worst of all`),
  updatesPerSMax: higher(
    'capacity',
    '/s',
    'the highest rate of delivered updates that kept within the limits',
  ),
} as const satisfies Readonly<Record<string, Figure>>

export type FigureName = keyof typeof FIGURES

/** What a figure is; that of a group has the group before its label. Throws on a name that no entry describes. */
export function describe(name: string): Figure {
  if (!isFigure(name)) {
    throw new Error(`no figure is called ${name}: bench/report/figures.ts lists all`)
  }
  const { group, base } = partsOf(name)
  const figure: Figure = FIGURES[base as FigureName]
  return group === ''
    ? figure
    : { ...figure, label: `${group.replaceAll('.', ' ')}: ${figure.label}` }
}

/** Whether an entry describes a figure of this name, of a group or of all. */
export function isFigure(name: string): boolean {
  return Object.hasOwn(FIGURES, partsOf(name).base) && !name.startsWith('.')
}

/** `slow` and `ageMsP99` of `slow.ageMsP99`; no group for a figure of all. */
export function partsOf(name: string): { readonly group: string; readonly base: string } {
  const dot = name.lastIndexOf('.')
  return { group: name.slice(0, Math.max(dot, 0)), base: name.slice(dot + 1) }
}

function lower(label: string, unit: Unit, says: string, digits = DIGITS): Figure {
  return { label, unit, digits, better: 'lower', says }
}

function higher(label: string, unit: Unit, says: string, digits = DIGITS): Figure {
  return { label, unit, digits, better: 'higher', says }
}

function neutral(label: string, unit: Unit, says: string, digits = DIGITS): Figure {
  return { label, unit, digits, better: null, says }
}
