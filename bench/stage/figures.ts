/**
 * Figures of a round: from what clients and server counted while it went. Pure; bench/report/figures.ts describes each.
 */
import type { ControlUsage } from '../control/usage.ts'
import type { GroupFigures } from '../load/receivers.ts'
import { quantilesOf } from '../report/spread.ts'
import type { Group } from '../scenario/scenario.ts'
import type { Figures } from './findings.ts'
import type { Metrics } from './metrics.ts'
import type { Usage } from './program.ts'

/** What a server had counted at one time. */
export interface Reading {
  readonly usage: Usage | null
  readonly metrics: Metrics | null
  /** What controls tell; null of tickwire. */
  readonly control: ControlUsage | null
}

export interface GroupCount {
  readonly group: Group
  readonly figures: GroupFigures
}

/** One side over a round. */
export interface SideRound {
  readonly seconds: number
  readonly before: Reading
  readonly after: Reading
  readonly groups: readonly GroupCount[]
  /** The plan has several groups, whose figures are told apart. */
  readonly isGrouped: boolean
  /** Updates that were published meanwhile, of so many topics; null where topics differ in how often they change. */
  readonly published: number | null
  readonly topics: number
}

const MIB_BYTES = 1024 * 1024

/** All that can be had; what cannot is not there, or no finite number. */
export function figuresOf(round: SideRound): Figures {
  return { ...deliveryOf(round), ...agesOf(round), ...usageOf(round), ...accountOf(round) }
}

/** `slow.` before figures of one of several groups; figures of the only one stand for themselves. */
export function prefixOf({ name }: Group, isGrouped: boolean): string {
  return isGrouped ? `${name}.` : ''
}

/** A distribution's quantiles as figures, such as `joinMsP50`; none where nothing was timed. */
export function quantileFigures(name: string, histogram: string): Record<string, number> {
  const found = quantilesOf({ histogram })
  if (found === null) return {}
  const { p50, p90, p99, p999, max } = found
  return {
    [`${name}P50`]: p50,
    [`${name}P90`]: p90,
    [`${name}P99`]: p99,
    [`${name}P999`]: p999,
    [`${name}Max`]: max,
  }
}

function deliveryOf({ seconds, groups, isGrouped, published, topics }: SideRound): Figures {
  const updates = sum(groups, ({ updates }) => updates)
  const frames = sum(groups, ({ frames }) => frames)
  const reconnects = sum(groups, ({ reconnects }) => reconnects)
  const offered = groups.map(({ group }) => offeredTo(group, published, topics))
  const parts = groups.map(({ group, figures }, i) => {
    return [`${prefixOf(group, isGrouped)}deliveredPart`, figures.updates / offered[i]!]
  })
  return {
    updatesPerS: updates / seconds,
    framesPerS: frames / seconds,
    updatesPerFrame: updates / frames,
    bytesPerUpdate: sum(groups, ({ bytes }) => bytes) / updates,
    deliveredPart: updates / offered.reduce((all, one) => all + one, 0),
    ...Object.fromEntries(parts),
    ...(groups.some(({ group }) => group.churnPerS) && { reconnectsPerS: reconnects / seconds }),
  }
}

/** NaN where it is not known: whoever comes late or leaves is not there for all of it. */
function offeredTo(group: Group, published: number | null, topics: number): number {
  if (group.isLate === true || group.churnPerS !== undefined || published === null)
    return Number.NaN
  return published * Math.min(1, group.topicsEach / topics) * group.clients
}

function agesOf({ groups, isGrouped }: SideRound): Figures {
  return Object.assign(
    {},
    ...groups.map(({ group, figures }) =>
      quantileFigures(`${prefixOf(group, isGrouped)}ageMs`, figures.ages),
    ),
  )
}

function usageOf({ seconds, before, after, groups }: SideRound): Figures {
  if (before.usage === null || after.usage === null) return {}
  const cpuUs = after.usage.cpuUs - before.usage.cpuUs
  return {
    cpuUsPerUpdate: cpuUs / sum(groups, ({ updates }) => updates),
    cpuPercent: cpuUs / seconds / 10_000,
    rssMiB: after.usage.rssBytes / MIB_BYTES,
  }
}

/** What the server itself counted. */
function accountOf({ seconds, before, after }: SideRound): Figures {
  if (before.control !== null && after.control !== null) {
    const gcMs = after.control.gcMs - before.control.gcMs
    return { utilization: after.control.utilization, gcMsPerS: gcMs / seconds }
  }
  if (before.metrics === null || after.metrics === null) return {}
  const [first, last] = [before.metrics, after.metrics]
  const perS = (name: string) => ((last[name] ?? Number.NaN) - (first[name] ?? 0)) / seconds
  return {
    supersededPerS: perS('tickwire_superseded_total'),
    pacedPerS: perS('tickwire_paced_total'),
    holdsPerS: perS('tickwire_holds_total{why="credit"}'),
    gcMsPerS: gcPerS(first, last) / seconds,
    utilization: perS('tickwire_eventloop_active_seconds_total'),
  }
}

/** In ms; one sum for each kind of collection. */
function gcPerS(first: Metrics, last: Metrics): number {
  const names = Object.keys(last).filter((name) =>
    name.startsWith('nodejs_gc_duration_seconds_sum'),
  )
  return names.reduce((all, name) => all + last[name]! - (first[name] ?? 0), 0) * 1_000
}

function sum(groups: readonly GroupCount[], of: (figures: GroupFigures) => number): number {
  return groups.reduce((all, { figures }) => all + of(figures), 0)
}
