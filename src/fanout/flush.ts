/**
 * Flush: the fifth hop. Once per turn of the event loop it gives every dirty lane one frame, so a burst becomes one
 * frame and one system call a lane. Time and scheduling are passed in. @hot
 * Next:  the lane's Outlet, transport/outlet.ts
 */
import { Composer } from './composer.ts'
import type { FanoutCounters } from './counters.ts'
import { type Credit, FRAME_BYTES_MAX } from './credit.ts'
import type { Hold, Lane } from './lane.ts'
import { DROPPED, NO_PROBE, SENT } from './outlet.ts'
import type { PauseClock } from './pause-clock.ts'
import { IDLE } from './subscription.ts'

/** Replies that a client leaves unread beyond this close it: prices are conflated, replies cannot be. */
export const REPLY_BACKLOG_BYTES_MAX = 1024 * 1024

export interface FlushPorts {
  /** Runs a function once, after all input of this turn of the event loop (setImmediate). */
  readonly schedule: (run: () => void) => void
  /** A clock that never steps, ms. */
  readonly nowMs: () => number
  /** The wall clock, ms since the epoch. */
  readonly wallMs: () => number
  /** Told after each flush: what comes now belongs to the next one. */
  readonly onTurnEnd: () => void
}

export class Flush {
  /** The feed's state, one frame a dialect; what a lane that owes a status is sent. */
  statusFrames: readonly Uint8Array[] = []
  private readonly ports: FlushPorts
  private readonly pauses: PauseClock
  private readonly counters: FanoutCounters
  private readonly composer = new Composer()
  private readonly runNow = () => this.run()
  private dirty: (Lane | null)[] = []
  private spare: (Lane | null)[] = []
  private dirtyCount = 0
  private isScheduled = false
  private wallMs = 0
  private readonly held = new Set<Lane>()

  constructor(ports: FlushPorts, pauses: PauseClock, counters: FanoutCounters) {
    this.ports = ports
    this.pauses = pauses
    this.counters = counters
  }

  nowMs(): number {
    return this.ports.nowMs()
  }

  /** The time, for whoever the loop runs first: a pause of it that has just ended is known from here on. */
  observe(): number {
    const nowMs = this.ports.nowMs()
    this.pauses.observe(nowMs)
    return nowMs
  }

  /** Has the lane visited by the next flush. A held lane is not: resume() brings it back. */
  add(lane: Lane): void {
    if (lane.isDirty || lane.hold !== 'none' || lane.isClosed) return
    lane.isDirty = true
    this.dirty[this.dirtyCount++] = lane
    if (this.isScheduled) return
    this.isScheduled = true
    this.ports.schedule(this.runNow)
  }

  run(): void {
    this.isScheduled = false
    const lanes = this.dirty
    const count = this.dirtyCount
    this.dirty = this.spare
    this.spare = lanes
    this.dirtyCount = 0
    this.composer.begin()
    this.wallMs = this.ports.wallMs()
    const nowMs = this.observe()
    for (let i = 0; i < count; i++) {
      const lane = lanes[i]!
      // A closed lane must not stay in memory until as many others are dirty at once.
      lanes[i] = null
      lane.isDirty = false
      if (!lane.isClosed && lane.hold === 'none') this.flushLane(lane, nowMs)
    }
    this.ports.onTurnEnd()
  }

  /** Sends at once, before any data that is pending. Closes a client that leaves too many replies unread. */
  reply(lane: Lane, frame: Uint8Array): void {
    if (lane.isClosed) return
    if (this.owesTooMuch(lane)) lane.outlet.close('slow_reader')
    else this.send(lane, frame, 1, this.observe())
  }

  /** Whether a client has left so much unread that it is to be answered no more. */
  owesTooMuch(lane: Lane): boolean {
    return lane.outlet.backlogBytes() > REPLY_BACKLOG_BYTES_MAX
  }

  /** A pong came. False where its number is of no probe on its way. */
  answered(lane: Lane, number: number): boolean {
    const { credit } = lane
    const nowMs = this.observe()
    if (credit?.answered(number, nowMs, this.pauses.pausedMs) !== true) return false
    this.counters.rttMs.add(credit.window.rttMs)
    if (lane.hold === 'credit') this.resume(lane, nowMs)
    return true
  }

  /** The socket can be written again. */
  drained(lane: Lane): void {
    if (lane.hold === 'socket') this.resume(lane, this.observe())
  }

  /** Call every TICK_MS: a socket may be emptied, and a drain may end, without an event. */
  tick(): void {
    const nowMs = this.observe()
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

  /** Sends a frame on a lane, whatever its credit; a probe goes with it where one is due. */
  send(lane: Lane, frame: Uint8Array, messageCount: number, nowMs: number): void {
    const { credit } = lane
    let probe = NO_PROBE
    if (credit !== null) {
      credit.sent(frame.length, nowMs)
      if (credit.wantsProbe(nowMs)) probe = credit.probe(nowMs, this.pauses.pausedMs)
    }
    const outcome = lane.outlet.send(frame, probe)
    if (outcome === DROPPED) {
      lane.outlet.close('slow_reader')
      return
    }
    lane.sentAtMs = nowMs
    const sent = this.counters.sent[lane.dialectIndex]!
    sent.frames++
    sent.messages += messageCount
    sent.bytes += frame.length
    if (outcome !== SENT && lane.hold !== 'socket') this.hold(lane, 'socket', nowMs)
  }

  private flushLane(lane: Lane, nowMs: number): void {
    const roomBytes = this.roomBytes(lane, nowMs)
    if (roomBytes === 0) return
    if (lane.owesStatus) {
      lane.owesStatus = false
      this.send(lane, this.statusFrames[lane.dialectIndex]!, 1, nowMs)
      if (lane.hold !== 'none' || lane.isClosed) return
    }
    const { composer } = this
    const frame = composer.compose(lane, roomBytes)
    this.settle(lane, composer.usedCount, nowMs)
    if (composer.messageCount > 0) this.send(lane, frame, composer.messageCount, nowMs)
    if (lane.pending.length > 0) this.add(lane)
  }

  /** What may be sent now. Where that is nothing, the lane is held until an answer, or the tick, makes room. */
  private roomBytes(lane: Lane, nowMs: number): number {
    const { credit } = lane
    if (credit === null) return FRAME_BYTES_MAX
    // After a drain: the first thing into the empty link is the probe that measures it.
    if (credit.owesBaseProbe) this.probe(lane, credit, nowMs)
    const roomBytes = credit.roomBytes(nowMs, this.pauses.pausedMs)
    if (roomBytes === 0 && (lane.owesStatus || lane.pending.length > 0)) {
      credit.limited(nowMs)
      this.hold(lane, 'credit', nowMs)
    }
    return roomBytes
  }

  /** The first `count` of the queue are in the frame, in their present version. */
  private settle(lane: Lane, count: number, nowMs: number): void {
    const { pending } = lane
    for (let i = 0; i < count; i++) {
      const subscription = pending.at(i)
      const { topic } = subscription.audience
      if (i === 0 && subscription.sentVersion >= 0)
        this.counters.ageMs.add(Math.max(0, this.wallMs - topic.asOfMs)) // the clock may step back
      subscription.state = IDLE
      subscription.sentVersion = topic.version
      subscription.group?.sent(subscription, nowMs)
    }
    pending.drop(count)
  }

  private hold(lane: Lane, why: Exclude<Hold, 'none'>, nowMs: number): void {
    if (lane.hold === 'none') {
      lane.heldSinceMs = nowMs
      lane.heldPausedMs = this.pauses.pausedMs
    }
    lane.hold = why
    this.held.add(lane)
    this.counters.holds[why]++
  }

  private resume(lane: Lane, nowMs: number): void {
    const { credit } = lane
    if (lane.isClosed || lane.outlet.backlogBytes() > 0) return
    if (lane.hold === 'credit' && credit?.roomBytes(nowMs, this.pauses.pausedMs) === 0) {
      // The window may have shrunk below what was sent behind the last probe: without one, nothing would wake us.
      this.probe(lane, credit, nowMs)
      return
    }
    lane.hold = 'none'
    this.held.delete(lane)
    if (lane.owesStatus || lane.pending.length > 0) this.add(lane)
  }

  private probe(lane: Lane, credit: Credit, nowMs: number): void {
    if (credit.wantsProbe(nowMs)) lane.outlet.probe(credit.probe(nowMs, this.pauses.pausedMs))
  }
}
