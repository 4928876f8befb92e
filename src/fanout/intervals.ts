/**
 * Intervals: subscriptions that may not send yet, until they may. Pure: time is an argument. @hot
 * A timing wheel holds one entry for a lane and an interval, not one for a subscription: a lane's topics share their
 * moments, and so travel in one frame. Lanes have phases of their own, so that ten thousand of them spread over the
 * interval instead of waking together.
 */
import type { Lane } from './lane.ts'
import { PENDING, type Subscription, WAITING } from './subscription.ts'

/** How fine the wheel turns; whoever calls advance() does so at least this often. */
export const WHEEL_TICK_MS = 25
/** With the tick, 204 s: above 1.75 times the longest interval, after which every entry's moment has come. */
const WHEEL_SLOTS = 8192
/** Two sends of a topic may be so much of an interval apart: a late flush must not cost a whole interval. */
const SPACING = 0.75

/** One lane's waiting subscriptions of one interval. */
export class Group {
  readonly lane: Lane
  readonly waiting: Subscription[] = []
  /** The earliest moment it stands in the wheel for; Infinity where it does not. */
  atMs = Number.POSITIVE_INFINITY

  constructor(lane: Lane) {
    this.lane = lane
  }

  add(subscription: Subscription): void {
    subscription.group = this
    subscription.waitingAt = this.waiting.length
    this.waiting.push(subscription)
  }

  remove(subscription: Subscription): void {
    const last = this.waiting.pop()!
    if (last !== subscription) {
      this.waiting[subscription.waitingAt] = last
      last.waitingAt = subscription.waitingAt
    }
    subscription.group = null
  }
}

/** When a topic that is sent now may be sent again: a moment of its lane's, no sooner than SPACING allows. */
export function dueAfter(nowMs: number, intervalMs: number, phase: number): number {
  const moment = Math.ceil(nowMs / intervalMs + SPACING - phase)
  return (moment + phase) * intervalMs
}

export class Intervals {
  private readonly slots: (Group[] | undefined)[] = new Array(WHEEL_SLOTS).fill(undefined)
  private tick: number
  private readonly release: (subscription: Subscription) => void

  /** `release` is handed each subscription whose moment has come. */
  constructor(nowMs: number, release: (subscription: Subscription) => void) {
    this.tick = Math.floor(nowMs / WHEEL_TICK_MS)
    this.release = release
  }

  /** Keeps a subscription until its dueAtMs. */
  wait(subscription: Subscription): void {
    const { lane, settings, dueAtMs } = subscription
    let group = lane.groups.get(settings.intervalMs)
    if (group === undefined) {
      group = new Group(lane)
      lane.groups.set(settings.intervalMs, group)
    }
    subscription.state = WAITING
    group.add(subscription)
    if (dueAtMs < group.atMs) this.schedule(group, dueAtMs)
  }

  /** Turns the wheel to now. */
  advance(nowMs: number): void {
    const last = Math.floor(nowMs / WHEEL_TICK_MS)
    // After a pause longer than a whole turn, once around meets every entry.
    this.tick = Math.max(this.tick, last - WHEEL_SLOTS)
    while (this.tick < last) {
      const slot = ++this.tick % WHEEL_SLOTS
      const groups = this.slots[slot]
      if (groups === undefined) continue
      this.slots[slot] = undefined
      for (const group of groups) this.wake(group, nowMs)
    }
  }

  private wake(group: Group, nowMs: number): void {
    const { waiting } = group
    group.atMs = Number.POSITIVE_INFINITY
    let kept = 0
    let nextMs = Number.POSITIVE_INFINITY
    for (let i = 0; i < waiting.length; i++) {
      const subscription = waiting[i]!
      if (subscription.dueAtMs > nowMs) {
        subscription.waitingAt = kept
        waiting[kept++] = subscription
        nextMs = Math.min(nextMs, subscription.dueAtMs)
        continue
      }
      subscription.group = null
      subscription.state = PENDING
      this.release(subscription)
    }
    waiting.length = kept
    if (kept > 0) this.schedule(group, nextMs)
  }

  private schedule(group: Group, atMs: number): void {
    group.atMs = atMs
    const tick = Math.max(Math.ceil(atMs / WHEEL_TICK_MS), this.tick + 1)
    const slot = tick % WHEEL_SLOTS
    const groups = this.slots[slot]
    if (groups === undefined) this.slots[slot] = [group]
    else groups.push(group)
  }
}
