/**
 * Flush: the fifth hop. Once per turn of the event loop it gives every lane with something new one frame, so a burst
 * becomes one frame and one system call a lane. Time and scheduling are passed in. @hot
 * Next:  fanout/multicast.ts for lanes that are current, fanout/composer.ts for queues, then fanout/sender.ts
 */
import type { Topic } from '../market/topic.ts'
import type { Audience } from './audience.ts'
import { Composer } from './composer.ts'
import type { FanoutCounters } from './counters.ts'
import { Intervals } from './intervals.ts'
import type { Lane } from './lane.ts'
import { Multicast } from './multicast.ts'
import type { PauseClock } from './pause-clock.ts'
import { Sender } from './sender.ts'
import { IDLE, PENDING, type Subscription } from './subscription.ts'

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
  /** When the present turn's flush began, by the wall clock. */
  wallMs = 0
  readonly sender: Sender
  private readonly ports: FlushPorts
  private readonly pauses: PauseClock
  private readonly counters: FanoutCounters
  private readonly composer = new Composer()
  private readonly intervals: Intervals
  private readonly multicast: Multicast
  private readonly runNow = () => this.run()
  private dirty: (Lane | null)[] = []
  private spare: (Lane | null)[] = []
  private dirtyCount = 0
  private isScheduled = false

  constructor(ports: FlushPorts, pauses: PauseClock, counters: FanoutCounters) {
    this.ports = ports
    this.pauses = pauses
    this.counters = counters
    this.sender = new Sender(pauses, counters, (lane) => this.add(lane))
    this.intervals = new Intervals(ports.nowMs(), (subscription) => this.queue(subscription))
    this.multicast = new Multicast(this, this.intervals, counters)
  }

  nowMs(): number {
    return this.ports.nowMs()
  }

  /** How old a topic's value is in this turn, beyond what it has to be, ms. */
  ageOf({ asOfMs, delayMs }: Topic): number {
    return this.wallMs - asOfMs - delayMs
  }

  /** The time, for whoever the loop runs first: a pause of it that has just ended is known from here on. */
  observe(): number {
    const nowMs = this.ports.nowMs()
    this.pauses.observe(nowMs)
    return nowMs
  }

  /** A topic has a new version: the next flush sends it to its audience. @hot */
  mark(audience: Audience): void {
    if (this.multicast.mark(audience)) this.schedule()
  }

  /** Puts a subscription into its lane's queue, and has the next flush visit the lane. */
  queue(subscription: Subscription): void {
    const { lane } = subscription
    subscription.state = PENDING
    lane.pending.push(subscription)
    lane.isCurrent = false
    this.add(lane)
  }

  /** Has the lane visited by the next flush. A held lane is not: resume() brings it back. */
  add(lane: Lane): void {
    if (lane.isDirty || lane.hold !== 'none' || lane.isClosed) return
    lane.isDirty = true
    this.dirty[this.dirtyCount++] = lane
    this.schedule()
  }

  run(): void {
    const nowMs = this.observe()
    this.wallMs = this.ports.wallMs()
    this.composer.begin()
    this.multicast.spread(nowMs)
    this.multicast.send(nowMs)
    // What was queued so far goes now, what is from here on needs another turn.
    this.isScheduled = false
    this.runQueues(nowMs)
    this.multicast.end()
    this.ports.onTurnEnd()
  }

  /** Gives each lane that has a queue of its own a frame of it. */
  private runQueues(nowMs: number): void {
    const lanes = this.dirty
    const count = this.dirtyCount
    this.dirty = this.spare
    this.spare = lanes
    this.dirtyCount = 0
    for (let i = 0; i < count; i++) {
      const lane = lanes[i]!
      // A closed lane must not stay in memory until as many others are dirty at once.
      lanes[i] = null
      lane.isDirty = false
      if (!lane.isClosed && lane.hold === 'none') this.flushLane(lane, nowMs)
    }
  }

  /** Sends at once, before any data that is pending. Closes a client that leaves too many replies unread. */
  reply(lane: Lane, frame: Uint8Array): void {
    if (lane.isClosed) return
    if (this.owesTooMuch(lane)) lane.outlet.close('slow_reader')
    else this.sender.send(lane, frame, 1, this.observe())
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
    if (lane.hold === 'credit') this.sender.resume(lane, nowMs)
    return true
  }

  /** The socket can be written again. */
  drained(lane: Lane): void {
    if (lane.hold === 'socket') this.sender.resume(lane, this.observe())
  }

  /** Call every WHEEL_TICK_MS: intervals end, and lanes may go on. */
  tick(): void {
    const nowMs = this.observe()
    this.intervals.advance(nowMs)
    this.sender.tick(nowMs)
  }

  /** Sends a lane what its queue holds, as much as one frame may, and its credit allows. */
  private flushLane(lane: Lane, nowMs: number): void {
    const roomBytes = this.sender.roomBytes(lane, nowMs)
    if (roomBytes === 0) return lane.review()
    if (lane.owesStatus) {
      lane.owesStatus = false
      this.sender.send(lane, this.statusFrames[lane.dialectIndex]!, 1, nowMs)
      if (lane.hold !== 'none' || lane.isClosed) return
    }
    const { composer } = this
    const frame = composer.compose(lane, roomBytes)
    this.settle(lane, composer.messageCount, nowMs)
    if (composer.messageCount > 0) this.sender.send(lane, frame, composer.messageCount, nowMs)
    if (lane.pending.length > 0) this.add(lane)
    else lane.review()
  }

  /** The first `count` of the queue are in the frame, in their present version. */
  private settle(lane: Lane, count: number, nowMs: number): void {
    const { pending } = lane
    for (let i = 0; i < count; i++) {
      const subscription = pending.first!
      pending.shift()
      const { topic } = subscription.audience
      if (i === 0 && subscription.sentVersion >= 0) this.counters.countAge(this.ageOf(topic), 1)
      subscription.state = IDLE
      subscription.group?.sent(subscription, nowMs)
    }
  }

  private schedule(): void {
    if (this.isScheduled) return
    this.isScheduled = true
    this.ports.schedule(this.runNow)
  }
}
