/**
 * Numbering: tells a late duplicate from a publisher that started its numbers anew. Pure. @hot
 * Both look alike (a number that is not above the last one), and confusing them is costly either way: a duplicate let
 * through shows an old price, a restart held back freezes the topic. The event's time decides where the publisher
 * sends one. Where it does not, refusals are believed only for RESTART_AFTER_MS: a publisher that resends what it was
 * not sure of is done by then, one that restarted goes on.
 */

/** How long a rising run of low numbers, with nothing newer among them, is taken for late duplicates. */
export const RESTART_AFTER_MS = 5_000

/** Far enough below 2^53 that adding 1 goes on changing the number for longer than anybody publishes. */
const VERSION_MAX = 2 ** 52

/** The publisher's side of one topic's versions. */
export class Numbering {
  /** The last number taken in; -1 before the first. */
  seq = -1
  /** Event time of the last numbered update that carried one; NaN before. */
  ts = Number.NaN
  /** Wire version = offset + publisher's number. 0 until the publisher restarts or mixes in unnumbered updates. */
  offset = 0
  /** The present run of refused numbers: when it began (NaN: none), its first and its highest number. */
  lateSinceMs = Number.NaN
  lateFirst = -1
  lateSeq = -1
}

/** What to do with an update numbered `seq`; `ts` is its event time, NaN where it has none. `nowMs` never steps. */
export function judge(
  known: Numbering,
  seq: number,
  ts: number,
  nowMs: number,
): 'next' | 'restart' | 'late' {
  if (seq > known.seq) return 'next'
  if (ts > known.ts) return 'restart'
  if (!(seq >= known.lateFirst) || Number.isNaN(known.lateSinceMs)) {
    known.lateSinceMs = nowMs
    known.lateFirst = seq
    known.lateSeq = seq
    return 'late'
  }
  // Repeats, as of publishers that come in pairs, neither lengthen the run nor end it.
  if (seq <= known.lateSeq) return 'late'
  known.lateSeq = seq
  return nowMs - known.lateSinceMs >= RESTART_AFTER_MS ? 'restart' : 'late'
}

/** Takes `seq` in and returns the wire version that follows `version`: always above it. */
export function advance(known: Numbering, seq: number, ts: number, version: number): number {
  const wire = known.offset + seq
  // Publishers of one topic that number differently drive the offset up; beyond VERSION_MAX a version is the last plus 1.
  if (seq <= known.seq || wire <= version || wire > VERSION_MAX) known.offset = version + 1 - seq
  known.seq = seq
  if (!Number.isNaN(ts)) known.ts = ts
  known.lateSinceMs = Number.NaN
  known.lateSeq = -1
  return known.offset + seq
}
