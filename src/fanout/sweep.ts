/**
 * Sweep: what is done for all lanes now and then, beside sending prices.
 */
import { DIALECTS } from '../protocol/dialects.ts'
import type { Status } from '../protocol/messages.ts'
import type { Flush } from './flush.ts'
import type { Lane } from './lane.ts'

/** Tells the lanes of the feed's state; a held one is told when it is resumed, and only of the last. */
export function announce(flush: Flush, lanes: Iterable<Lane>, status: Status): void {
  flush.statusFrames = DIALECTS.map((dialect) => dialect.encode(status))
  for (const lane of lanes) {
    lane.owesStatus = true
    lane.isCurrent = false
    flush.add(lane)
  }
}

/** Sends a heartbeat on each lane that has sent nothing for `quietMs`. `at` is in ms since the epoch. */
export function heartbeat(flush: Flush, lanes: Iterable<Lane>, quietMs: number, at: number): void {
  const nowMs = flush.observe()
  const frames = DIALECTS.map((dialect) => dialect.encode({ type: 'heartbeat', at }))
  for (const lane of lanes) {
    if (lane.hold !== 'none' || nowMs - lane.sentAtMs < quietMs) continue
    flush.sender.send(lane, frames[lane.dialectIndex]!, 1, nowMs)
  }
}

/** Closes the lanes that nobody has read for `timeoutMs`. */
export function reap(flush: Flush, lanes: Iterable<Lane>, timeoutMs: number): void {
  // After a pause of our own loop this may be the first thing to run, before any answer could be read.
  const nowMs = flush.observe()
  for (const lane of lanes) {
    if (flush.sender.unreadMs(lane, nowMs) >= timeoutMs) lane.outlet.close('slow_reader')
  }
}
