/**
 * Flush: the fifth hop. Once per turn of the event loop it gives every dirty lane one frame, so a burst becomes one
 * frame and one system call a lane. Time and scheduling are passed in. @hot
 * Next:  the lane's Outlet, transport/websocket.ts
 */

import { DIALECTS } from '../protocol/dialects.ts'
import type { Status } from '../protocol/messages.ts'
import { Composer } from './composer.ts'
import type { FanoutCounters } from './counters.ts'
import { creditBytes } from './credit.ts'
import type { Lane } from './lane.ts'
import { DROPPED, SENT } from './outlet.ts'

/** Replies that a client leaves unread beyond this close it: prices are conflated, replies cannot be. */
export const REPLY_BACKLOG_BYTES_MAX = 1024 * 1024

export interface FlushPorts {
  /** Runs a function once, after all input of this turn of the event loop (setImmediate). */
  readonly schedule: (run: () => void) => void
  readonly nowMs: () => number
  /** Told after each flush: what comes now belongs to the next one. */
  readonly onTurnEnd: () => void
}

export class Flush {
  private readonly ports: FlushPorts
  private readonly counters: FanoutCounters
  private readonly composer = new Composer()
  private readonly runNow = () => this.run()
  private dirty: Lane[] = []
  private spare: Lane[] = []
  private dirtyCount = 0
  private isScheduled = false
  /** Lanes that wait for their socket. */
  private readonly held = new Set<Lane>()
  /** The feed's state, one frame a dialect. */
  private statusFrames: Uint8Array[] = []

  constructor(ports: FlushPorts, counters: FanoutCounters) {
    this.ports = ports
    this.counters = counters
  }

  get heldCount(): number {
    return this.held.size
  }

  /** Has the lane visited by the next flush. A held lane is not: resume() brings it back. */
  add(lane: Lane): void {
    if (lane.isDirty || lane.isHeld || lane.isClosed) return
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
    const nowMs = this.ports.nowMs()
    for (let i = 0; i < count; i++) {
      const lane = lanes[i]!
      lane.isDirty = false
      if (!lane.isClosed) this.flushLane(lane, nowMs)
    }
    this.ports.onTurnEnd()
  }

  /** Sends a reply at once, before any data that is pending. Closes a client that leaves too many unread. */
  reply(lane: Lane, frame: Uint8Array): void {
    if (lane.isClosed) return
    if (lane.outlet.backlogBytes() > REPLY_BACKLOG_BYTES_MAX) lane.outlet.close('slow_reader')
    else this.send(lane, frame, 1, this.ports.nowMs())
  }

  /** Tells the lanes of the feed's state; a held one is told when it is resumed, and only of the last. */
  announce(lanes: Iterable<Lane>, status: Status): void {
    this.statusFrames = DIALECTS.map((dialect) => dialect.encode(status))
    for (const lane of lanes) {
      lane.owesStatus = true
      this.add(lane)
    }
  }

  /** The lane's socket may have room again: on its drain event, and on every tick while it is held. */
  resume(lane: Lane): void {
    if (!lane.isHeld || lane.isClosed || lane.outlet.backlogBytes() > 0) return
    lane.isHeld = false
    this.held.delete(lane)
    if (lane.owesStatus || lane.pending.length > 0) this.add(lane)
  }

  /** Call every 20-50 ms: a socket may be emptied without a drain event. */
  tick(): void {
    for (const lane of this.held) this.resume(lane)
  }

  /** Sends a heartbeat on each lane that has sent nothing for `quietMs`. */
  heartbeat(lanes: Iterable<Lane>, quietMs: number): void {
    const nowMs = this.ports.nowMs()
    const frames = DIALECTS.map((dialect) => dialect.encode({ type: 'heartbeat', at: nowMs }))
    for (const lane of lanes) {
      if (lane.isHeld || nowMs - lane.sentAtMs < quietMs) continue
      this.send(lane, frames[lane.dialectIndex]!, 1, nowMs)
    }
  }

  /** Forgets a closed lane. */
  remove(lane: Lane): void {
    this.held.delete(lane)
  }

  private flushLane(lane: Lane, nowMs: number): void {
    const roomBytes = creditBytes(lane)
    if (roomBytes === 0) return
    if (lane.owesStatus) {
      lane.owesStatus = false
      this.send(lane, this.statusFrames[lane.dialectIndex]!, 1, nowMs)
      if (lane.isHeld || lane.isClosed) return
    }
    const { composer } = this
    const frame = composer.compose(lane, roomBytes)
    const used = composer.usedCount
    for (let i = 0; i < used; i++) {
      const subscription = lane.pending.at(i)
      subscription.isPending = false
      subscription.sentVersion = subscription.audience.topic.version
    }
    lane.pending.drop(used)
    if (composer.messageCount > 0) this.send(lane, frame, composer.messageCount, nowMs)
    if (lane.pending.length > 0) this.add(lane)
  }

  private send(lane: Lane, frame: Uint8Array, messageCount: number, nowMs: number): void {
    const outcome = lane.outlet.send(frame)
    if (outcome === DROPPED) {
      lane.outlet.close('slow_reader')
      return
    }
    lane.sentAtMs = nowMs
    const sent = this.counters.sent[lane.dialectIndex]!
    sent.frames++
    sent.messages += messageCount
    sent.bytes += frame.length
    if (outcome === SENT || lane.isHeld) return
    lane.isHeld = true
    this.held.add(lane)
    this.counters.holds++
  }
}
