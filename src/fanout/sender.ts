/**
 * Sender: frames on their way to a lane's socket, and what keeps them: a socket's backlog, or credit that is spent. @hot
 * Next:  the lane's Outlet, transport/outlet.ts
 */
import type { FanoutCounters } from './counters.ts'
import { type Credit, FRAME_BYTES_MAX } from './credit.ts'
import type { Hold, Lane } from './lane.ts'
import { DROPPED, NO_PROBE, SENT } from './outlet.ts'
import type { PauseClock } from './pause-clock.ts'

export class Sender {
  private readonly pauses: PauseClock
  private readonly counters: FanoutCounters
  /** Has the next flush visit a lane that may send again. */
  private readonly wake: (lane: Lane) => void
  private readonly held = new Set<Lane>()

  constructor(pauses: PauseClock, counters: FanoutCounters, wake: (lane: Lane) => void) {
    this.pauses = pauses
    this.counters = counters
    this.wake = wake
  }

  /** Sends a frame on a lane, whatever its credit; a probe goes with it where one is due. */
  send(lane: Lane, frame: Uint8Array, messageCount: number, nowMs: number): void {
    const { credit } = lane
    const { pausedMs } = this.pauses
    let probe = NO_PROBE
    if (credit !== null) {
      credit.sent(frame.length, nowMs)
      if (credit.wantsProbe(nowMs)) probe = credit.probe(nowMs, pausedMs)
      credit.grant(nowMs, pausedMs)
    }
    const outcome = lane.outlet.send(frame, probe)
    if (outcome === DROPPED) {
      lane.outlet.close('slow_reader')
      return
    }
    lane.sentAtMs = Math.floor(nowMs)
    this.counters.countSent(lane.dialectIndex, 1, messageCount, frame.length)
    if (outcome !== SENT && lane.hold !== 'socket') this.hold(lane, 'socket', nowMs)
  }

  /** What may be sent now. Where that is nothing, the lane is held until an answer, or the tick, makes room. */
  roomBytes(lane: Lane, nowMs: number): number {
    const { credit } = lane
    if (credit === null) return FRAME_BYTES_MAX
    // After a drain: the first thing into the empty link is the probe that measures it.
    if (credit.owesBaseProbe) this.probe(lane, credit, nowMs)
    const roomBytes = credit.roomBytes(nowMs, this.pauses.pausedMs)
    if (roomBytes === 0 && lane.isOwing) {
      credit.limited(nowMs)
      this.hold(lane, 'credit', nowMs)
    }
    return roomBytes
  }

  /** Has a lane send nothing until resume() finds that it may. */
  hold(lane: Lane, why: Exclude<Hold, 'none'>, nowMs: number): void {
    if (lane.hold === 'none') {
      lane.heldSinceMs = nowMs
      lane.heldPausedMs = this.pauses.pausedMs
    }
    lane.hold = why
    lane.isCurrent = false
    this.held.add(lane)
    this.counters.holds[why]++
  }

  /** Lets a held lane go on, where nothing holds it any more. */
  resume(lane: Lane, nowMs: number): void {
    const { credit } = lane
    if (lane.isClosed || lane.outlet.backlogBytes() > 0) return
    if (lane.hold === 'credit' && credit?.roomBytes(nowMs, this.pauses.pausedMs) === 0) {
      // The window may have shrunk below what was sent behind the last probe: without one, nothing would wake us.
      this.probe(lane, credit, nowMs)
      return
    }
    lane.hold = 'none'
    this.held.delete(lane)
    if (lane.isOwing) this.wake(lane)
    else lane.review()
  }

  /** Resumes what can be: a socket may be emptied, and a drain may end, without an event. */
  tick(nowMs: number): void {
    for (const lane of this.held) this.resume(lane, nowMs)
  }

  /** Forgets a closed lane. */
  remove(lane: Lane): void {
    this.held.delete(lane)
  }

  /** How long the lane's oldest probe has waited, or its socket's backlog; our own pauses aside. */
  unreadMs(lane: Lane, nowMs: number): number {
    const { pausedMs } = this.pauses
    const unansweredMs = lane.credit?.unansweredMs(nowMs, pausedMs) ?? 0
    if (lane.hold !== 'socket') return unansweredMs
    return Math.max(unansweredMs, nowMs - lane.heldSinceMs - (pausedMs - lane.heldPausedMs))
  }

  private probe(lane: Lane, credit: Credit, nowMs: number): void {
    if (credit.wantsProbe(nowMs)) lane.outlet.probe(credit.probe(nowMs, this.pauses.pausedMs))
  }
}
