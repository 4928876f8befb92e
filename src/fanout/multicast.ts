/**
 * Multicast: what has changed in a turn, to everybody who is subscribed to it. @hot
 * A lane that is current needs no queue and no state of its own: it gets the batch of what has changed of its topics.
 * Whoever is held, still has something to be sent, or asked for an interval, gets the change into its own queue, where
 * newer versions take the place of older ones.
 * Next:  the lane's Outlet, transport/outlet.ts
 */
import { NO_VERSION } from '../market/topic.ts'
import type { Audience, Encoded, Readers } from './audience.ts'
import { type Batch, Batches } from './batches.ts'
import type { FanoutCounters } from './counters.ts'
import { FRAME_BYTES_MAX } from './credit.ts'
import type { Flush } from './flush.ts'
import type { Intervals } from './intervals.ts'
import type { Lane } from './lane.ts'
import { DROPPED, NO_PROBE, SENT } from './outlet.ts'
import { IDLE, PENDING, type Subscription } from './subscription.ts'

export class Multicast {
  private readonly flush: Flush
  private readonly intervals: Intervals
  private readonly counters: FanoutCounters
  private readonly batches = new Batches()
  private readonly changed: Audience[] = []
  /** Lanes with a batch: the first `reachedCount`. */
  private readonly reached: (Lane | null)[] = []
  private reachedCount = 0

  constructor(flush: Flush, intervals: Intervals, counters: FanoutCounters) {
    this.flush = flush
    this.intervals = intervals
    this.counters = counters
  }

  /** A topic has a new version; true for the first one since the last turn. */
  mark(audience: Audience): boolean {
    audience.updateCount++
    if (audience.updateCount > 1) return false
    this.changed.push(audience)
    return true
  }

  /** Finds what each lane is to be sent of what has changed. Sends nothing, and so closes nobody meanwhile. */
  spread(nowMs: number): void {
    const { changed } = this
    for (let i = 0; i < changed.length; i++) {
      const audience = changed[i]!
      const { prompt, paced } = audience
      for (let slot = 0; slot < prompt.length; slot++) {
        const readers = prompt[slot]
        if (readers !== undefined) this.spreadTo(audience, readers, nowMs)
      }
      const { subscriptions } = paced
      for (let k = 0; k < subscriptions.length; k++) this.queue(subscriptions[k]!, nowMs)
    }
  }

  /** Sends the batches. */
  send(nowMs: number): void {
    const { reached, reachedCount } = this
    const wholeMs = Math.floor(nowMs)
    this.reachedCount = 0
    for (let i = 0; i < reachedCount; i++) {
      const lane = reached[i]!
      const { batch } = lane
      // A closed lane must not stay in memory until as many others are reached at once.
      reached[i] = null
      lane.batch = null
      if (batch === null || lane.isClosed) continue
      const { credit, isCurrent } = lane
      if (
        !isCurrent ||
        batch.bytes > FRAME_BYTES_MAX ||
        credit?.spend(batch.bytes, wholeMs) === false
      ) {
        this.sendSingly(lane, batch, nowMs)
        continue
      }
      const outcome = lane.outlet.send(batch.frame ?? this.batches.join(batch), NO_PROBE)
      if (outcome === DROPPED) {
        lane.outlet.close('slow_reader')
        continue
      }
      batch.laneCount++
      lane.sentAtMs = wholeMs
      if (outcome !== SENT) this.flush.sender.hold(lane, 'socket', nowMs)
    }
  }

  /** Ends the turn: from now on, whoever has nothing pending has been sent the present versions. */
  end(): void {
    const { changed, batches } = this
    for (let i = 0; i < batches.count; i++) {
      const { laneCount, count, frame, first, encoded } = batches.at(i)
      if (laneCount === 0) continue
      this.counters.countSent(encoded.dialectIndex, laneCount, count, frame!.length)
      this.countAge(first, laneCount)
    }
    batches.clear()
    for (let i = 0; i < changed.length; i++) {
      const audience = changed[i]!
      audience.sentVersion = audience.topic.version
      audience.updateCount = 0
    }
    changed.length = 0
  }

  private spreadTo(audience: Audience, { lanes, subscriptions }: Readers, nowMs: number): void {
    const earlier = audience.updateCount - 1
    let encoded: Encoded | null = null
    let alone: Batch | null = null
    let reachedNow = 0
    for (let i = 0; i < lanes.length; i++) {
      const lane = lanes[i]!
      if (!lane.isCurrent) {
        this.queue(subscriptions[i]!, nowMs)
        continue
      }
      encoded ??= encode(audience, subscriptions[i]!)
      const before = lane.batch
      let batch: Batch | null
      if (before === null) {
        alone ??= this.batches.after(null, encoded)
        batch = alone
      } else {
        const { next } = before
        batch = next?.encoded === encoded ? next : this.batches.after(before, encoded)
      }
      if (batch === null) {
        lane.batch = null
        this.unbatch(lane, before)
        this.queue(subscriptions[i]!, nowMs)
        continue
      }
      if (before === null) this.reached[this.reachedCount++] = lane
      lane.batch = batch
      reachedNow++
      if (earlier > 0) lane.supersededCount += earlier
    }
    this.counters.superseded += earlier * reachedNow
  }

  /** A change for a lane that has a queue, or a subscription that has an interval. */
  private queue(subscription: Subscription, nowMs: number): void {
    const { state, audience, lane, group, sentVersion } = subscription
    const { updateCount } = audience
    if (state === IDLE) {
      subscription.sentVersion = audience.sentVersion
      if (this.intervals.wait(subscription, nowMs)) {
        this.counters.paced += updateCount - 1
        return
      }
      this.flush.queue(subscription)
      this.supersede(lane, updateCount - 1)
    } else if (state === PENDING) {
      // One whose interval has just ended, and is sent in this turn, was waiting until now.
      if (group !== null && lane.hold === 'none') this.counters.paced += updateCount
      // A first value that is still to be sent takes nobody's place.
      else if (sentVersion !== NO_VERSION) this.supersede(lane, updateCount)
    } else {
      this.counters.paced += updateCount
    }
  }

  private supersede(lane: Lane, count: number): void {
    lane.supersededCount += count
    this.counters.superseded += count
  }

  /**
   * A batch that its lane's credit was not granted for in advance. One that is too large for a frame, and one whose
   * lane has got a queue as well meanwhile, go by that queue: still a frame a turn.
   */
  private sendSingly(lane: Lane, batch: Batch, nowMs: number): void {
    const { sender } = this.flush
    if (!lane.isCurrent || batch.bytes > sender.roomBytes(lane, nowMs)) {
      this.unbatch(lane, batch)
      return
    }
    this.countAge(batch.first, 1)
    sender.send(lane, batch.frame ?? this.batches.join(batch), batch.count, nowMs)
  }

  /** A frame that begins with this topic goes to so many lanes; a first value is a snapshot. Call it before end(). */
  private countAge({ sentVersion, topic }: Audience, lanes: number): void {
    if (sentVersion !== NO_VERSION) this.counters.countAge(this.flush.ageOf(topic), lanes)
  }

  /** Puts what a batch holds into the lane's queue, in the batch's order. */
  private unbatch(lane: Lane, batch: Batch | null): void {
    if (batch === null) return
    this.unbatch(lane, batch.before)
    const subscription = lane.subscriptions.get(batch.encoded.audience.topic)!
    subscription.sentVersion = subscription.audience.sentVersion
    this.flush.queue(subscription)
  }
}

/** What the readers of one kind need who have been sent the version before. */
function encode(audience: Audience, { lane, settings }: Subscription): Encoded {
  return audience.encode(lane.dialect, lane.dialectIndex, settings.mode, audience.sentVersion)
}
