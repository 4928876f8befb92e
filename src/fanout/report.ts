/**
 * Report: what an operator wants to know of lanes.
 */
import type { Flush } from './flush.ts'
import type { Lane } from './lane.ts'

/** How many lanes there are, and those furthest behind. */
export interface LanesReport {
  readonly count: number
  readonly lanes: readonly LaneReport[]
}

export type LaneReport = ReturnType<typeof describe>

/** The lanes whose readers are furthest behind, the worst first; at most `top`. Times in ms, rates in bytes/s. */
export function describeLanes(flush: Flush, lanes: ReadonlySet<Lane>, top: number): LanesReport {
  const nowMs = flush.nowMs()
  const behind = [...lanes]
    .map((lane) => ({ lane, behindMs: behindMs(flush, lane, nowMs) }))
    .sort((a, b) => b.behindMs - a.behindMs)
    .slice(0, top)
  return { count: lanes.size, lanes: behind.map(({ lane }) => describe(flush, lane, nowMs)) }
}

/** How late data reaches the reader, as far as is known: the last round trip, or the wait for the next answer. */
function behindMs(flush: Flush, lane: Lane, nowMs: number): number {
  const rttMs = lane.credit?.window.rttMs ?? 0
  return Math.max(Number.isNaN(rttMs) ? 0 : rttMs, flush.sender.unreadMs(lane, nowMs))
}

function describe(flush: Flush, lane: Lane, nowMs: number) {
  const { outlet, dialect, credit, hold } = lane
  return {
    address: outlet.address,
    dialect: dialect.name,
    subscriptions: lane.subscriptions.size,
    pending: lane.pending.length,
    superseded: lane.supersededCount,
    hold,
    heldMs: hold === 'none' ? 0 : Math.round(nowMs - lane.heldSinceMs),
    unreadMs: Math.round(flush.sender.unreadMs(lane, nowMs)),
    backlogBytes: outlet.backlogBytes(),
    ...(credit === null ? {} : describeCredit(credit)),
  }
}

function describeCredit({ inFlightBytes, window }: NonNullable<Lane['credit']>) {
  return {
    inFlightBytes,
    windowBytes: Math.round(window.bytes),
    rttMs: rounded(window.rttMs),
    rttMinMs: rounded(window.rttMinMs),
    rateBytesPerS: Math.round(window.bytesPerMs * 1_000),
  }
}

/** null where nothing has been measured yet. */
function rounded(ms: number): number | null {
  return Number.isFinite(ms) ? Math.round(ms * 10) / 10 : null
}
