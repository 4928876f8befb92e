/**
 * Pending: a lane's queue of subscriptions that have something newer to send. First in, first out, so that a busy
 * topic goes to the tail each time and starves nobody. @hot
 * Holds: a subscription stands in it at most once (its state says so), therefore its length is bounded by the
 *        lane's subscriptions; one that ends is taken out.
 */
import type { Subscription } from './subscription.ts'

export class Pending {
  /** How many stand in the queue. */
  length = 0
  /** The front. Subscriptions are linked to each other: a queue that is empty, as most are, takes no memory. */
  first: Subscription | null = null
  private last: Subscription | null = null

  push(subscription: Subscription): void {
    const { last } = this
    subscription.before = last
    if (last === null) this.first = subscription
    else last.behind = subscription
    this.last = subscription
    this.length++
  }

  /** Takes the front off. */
  shift(): void {
    this.remove(this.first!)
  }

  /** Takes one off that stands in it. */
  remove(subscription: Subscription): void {
    const { before, behind } = subscription
    if (before === null) this.first = behind
    else before.behind = behind
    if (behind === null) this.last = before
    else behind.before = before
    subscription.before = null
    subscription.behind = null
    this.length--
  }
}
