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

/** One lane's subscriptions of one interval. */
export class Group {
  readonly lane: Lane
  readonly intervalMs: number
  /** How many they are. */
  size = 0
  readonly waiting: Subscription[] = []
  /** The earliest moment it stands in the wheel for; Infinity where it does not. */
  atMs = Number.POSITIVE_INFINITY
  /**
   * Before this time a change waits, also of a topic that was quiet for long: sent by themselves, such topics would
   * make five times as many frames of fifty topics that change at random.
   */
  dueAtMs = 0

  constructor(lane: Lane, intervalMs: number) {
    this.lane = lane
    this.intervalMs = intervalMs
  }

  add(subscription: Subscription): void {
    subscription.waitingAt = this.waiting.length
    this.waiting.push(subscription)
  }

  remove(subscription: Subscription): void {
    const last = this.waiting.pop()!
    if (last === subscription) return
    this.waiting[subscription.waitingAt] = last
    last.waitingAt = subscription.waitingAt
  }

  /** One of them is sent now. */
  sent(subscription: Subscription, nowMs: number): void {
    const dueAtMs = dueAfter(nowMs, this.intervalMs, this.lane.phase)
    subscription.dueAtMs = dueAtMs
    // A first value is sent at once, and must not postpone what waits already.
    if (this.dueAtMs <= nowMs) this.dueAtMs = dueAtMs
  }
}

/** Has a subscription keep its interval. Call it when one begins, and when its settings have changed. */
export function enroll(subscription: Subscription): void {
  const { lane } = subscription
  const { intervalMs } = subscription.settings
  if (intervalMs === 0) return
  lane.groups ??= new Map()
  let group = lane.groups.get(intervalMs)
  if (group === undefined) {
    group = new Group(lane, intervalMs)
    lane.groups.set(intervalMs, group)
  }
  group.size++
  subscription.group = group
}

/** The reverse. Call it before settings change, and when a subscription ends. */
export function withdraw(subscription: Subscription): void {
  const { lane, group } = subscription
  if (group === null) return
  if (subscription.state === WAITING) group.remove(subscription)
  // A client that asks for ever new intervals leaves nothing behind.
  if (--group.size === 0) lane.groups!.delete(group.intervalMs)
  subscription.group = null
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

  /** Keeps a changed subscription until it may be sent; false where it may be now. */
  wait(subscription: Subscription, nowMs: number): boolean {
    const { group } = subscription
    if (group === null) return false
    const dueAtMs = Math.max(subscription.dueAtMs, group.dueAtMs)
    // Where others wait, and only for the wheel to turn, it goes with them.
    if (dueAtMs <= nowMs && group.waiting.length === 0) return false
    subscription.dueAtMs = dueAtMs
    subscription.state = WAITING
    group.add(subscription)
    if (dueAtMs < group.atMs) this.schedule(group, dueAtMs)
    return true
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
