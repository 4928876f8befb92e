/**
 * Lane: the outbound side of one connection.
 * Holds: what is pending is sent at most once, in its newest version; while the socket has a backlog in this process
 *        nothing is added to it, so a lane owes at most one frame and its replies; after close() nothing is sent.
 * Next:  fanout/flush.ts run()
 */
import type { Topic } from '../market/topic.ts'
import type { Dialect } from '../protocol/dialect.ts'
import { DIALECTS } from '../protocol/dialects.ts'
import type { Outlet } from './outlet.ts'
import { Pending } from './pending.ts'
import type { Settings, Subscription } from './subscription.ts'

export class Lane {
  readonly outlet: Outlet
  readonly dialect: Dialect
  readonly dialectIndex: number
  readonly pending = new Pending()
  readonly subscriptions = new Map<Topic, Subscription>()
  /** Whole channels subscribed to, as `channel:*`. */
  readonly channels = new Map<string, Settings>()
  /** How many of the subscriptions were asked for by name. */
  namedCount = 0

  /** In the flush's list for the next turn. */
  isDirty = false
  /** Sends nothing until its socket's backlog is gone. */
  isHeld = false
  isClosed = false
  /** The feed's state changed, and the client has not been told. */
  owesStatus = false
  /** When it last sent anything, ms since the epoch. */
  sentAtMs: number
  /** Updates that a newer one replaced before they were sent. */
  supersededCount = 0

  constructor(outlet: Outlet, dialect: Dialect, nowMs: number) {
    this.outlet = outlet
    this.dialect = dialect
    this.dialectIndex = DIALECTS.indexOf(dialect)
    this.sentAtMs = nowMs
  }

  /** What counts against a connection's limit: a whole channel counts one. */
  get subscriptionCount(): number {
    return this.namedCount + this.channels.size
  }
}
