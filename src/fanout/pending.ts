/**
 * Pending: a lane's queue of subscriptions that have something newer to send. First in, first out, so that a busy
 * topic goes to the tail each time and starves nobody. @hot
 * Holds: a subscription stands in it at most once (its state says so), therefore its length is bounded by the
 *        lane's subscriptions; ended ones stay until they are passed or squeezed out, never more than doubling it.
 */
import type { Subscription } from './subscription.ts'

export class Pending {
  // A plain array with two marks: shrinking and growing an array at every flush costs more than the send.
  private readonly items: Subscription[] = []
  private head = 0
  private tail = 0
  /** At this length the queue is squeezed: twice what was left the last time, so that the work evens out. */
  private squeezeAt = 16

  /** How many stand in the queue, ended ones included. */
  get length(): number {
    return this.tail - this.head
  }

  /** The one at `index` from the front; only for an index below length. */
  at(index: number): Subscription {
    return this.items[this.head + index]!
  }

  push(subscription: Subscription): void {
    if (this.tail === this.squeezeAt) this.squeeze()
    this.items[this.tail++] = subscription
  }

  /** Takes the first `count` off the queue. */
  drop(count: number): void {
    this.head += count
    if (this.head === this.tail) this.clear()
  }

  /** Empties the queue for good. */
  release(): void {
    this.items.length = 0
    this.clear()
  }

  private clear(): void {
    this.head = 0
    this.tail = 0
  }

  /** Moves what still counts to the front. */
  private squeeze(): void {
    const { items } = this
    let kept = 0
    for (let i = this.head; i < this.tail; i++) {
      const item = items[i]!
      if (!item.isEnded) items[kept++] = item
    }
    this.head = 0
    this.tail = kept
    this.squeezeAt = Math.max(16, kept * 2)
  }
}
