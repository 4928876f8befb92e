/**
 * Lane: the outbound side of one connection.
 * Holds: what is pending is sent at most once, in its newest version; what has been sent and is not known to be read
 *        stays within the lane's credit; while the socket has a backlog in this process nothing but replies is added
 *        to it; after close() nothing is sent.
 *        A lane that is current needs no queue: it is sent just what each turn changes.
 * Next:  fanout/flush.ts run()
 */
import type { Topic } from '../market/topic.ts'
import type { Dialect } from '../protocol/dialect.ts'
import { DIALECTS } from '../protocol/dialects.ts'
import type { Batch } from './batches.ts'
import type { Credit } from './credit.ts'
import type { Group } from './intervals.ts'
import type { Outlet } from './outlet.ts'
import { Pending } from './pending.ts'
import type { ChannelWish, Subscription } from './subscription.ts'

/** Why a lane sends nothing: it may send; its socket has a backlog; its credit is spent. */
export const HOLDS = ['none', 'socket', 'credit'] as const
export type Hold = (typeof HOLDS)[number]

export class Lane {
  // What each send touches stands first, and so together in memory.
  readonly outlet: Outlet
  /** null: age is not bounded, and only the socket's own backlog holds the lane. */
  readonly credit: Credit | null
  /** It has been sent all that it should have, and nothing holds it: review() says so. */
  isCurrent = true
  isClosed = false
  /** What it will be sent in this turn along with others (multicast.ts). */
  batch: Batch | null = null
  /** When it last sent anything, whole ms: a number that is not whole would be an object of its own. */
  sentAtMs: number

  readonly dialect: Dialect
  readonly dialectIndex: number
  readonly pending = new Pending()
  readonly subscriptions = new Map<Topic, Subscription>()
  /** Whole channels subscribed to, as `channel:*`; most lanes have none. */
  channels: Map<string, ChannelWish> | null = null
  /** Subscriptions that have an interval, by interval; null before the first. */
  groups: Map<number, Group> | null = null
  /** Where in an interval its moments lie, from 0 to 1. */
  phase = 0
  /** How many of the subscriptions were asked for by name. */
  namedCount = 0

  /** In the flush's list for the next turn. */
  isDirty = false
  hold: Hold = 'none'
  heldSinceMs = 0
  /** The sum of our own loop's pauses then. */
  heldPausedMs = 0
  /** The feed's state changed, and the client has not been told. */
  owesStatus = false
  /** Updates that a newer one replaced before they were sent, intervals aside. */
  supersededCount = 0

  /** Times are the flush's clock's. */
  constructor(outlet: Outlet, dialect: Dialect, credit: Credit | null, nowMs: number) {
    this.outlet = outlet
    this.credit = credit
    this.sentAtMs = Math.floor(nowMs)
    this.dialect = dialect
    this.dialectIndex = DIALECTS.indexOf(dialect)
  }

  /** What counts against a connection's limit: a whole channel counts one. */
  get subscriptionCount(): number {
    return this.namedCount + (this.channels?.size ?? 0)
  }

  /** Whether there is anything that it has not been sent. */
  get isOwing(): boolean {
    return this.owesStatus || this.pending.length > 0
  }

  /** Decides anew whether it is current; call it whenever something has been sent, or stopped holding it. */
  review(): void {
    this.isCurrent = this.hold === 'none' && !this.isOwing && !this.isClosed
  }
}
