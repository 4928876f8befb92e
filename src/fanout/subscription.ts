/**
 * Subscription: one lane's wish for one topic, and what the lane has sent of it.
 */
import { NO_VERSION, type Topic } from '../market/topic.ts'
import type { Mode } from '../protocol/messages.ts'
import type { Audience } from './audience.ts'
import type { Group } from './intervals.ts'
import type { Lane } from './lane.ts'

/** Nothing new to send. */
export const IDLE = 0
/** Something new, but its interval is not over. */
export const WAITING = 1
/** Something new, in the lane's queue. */
export const PENDING = 2
export type SubscriptionState = typeof IDLE | typeof WAITING | typeof PENDING

/** What a client asked for, of a topic or of a whole channel. */
export interface Settings {
  readonly mode: Mode
  readonly intervalMs: number
}

/** A wish for a whole channel, or for as much of it as the client may read. */
export interface ChannelWish extends Settings {
  /** Whether a topic is part of it. Asked once when the wish is made, and of later topics when their first value comes. */
  readonly admits: (topic: Topic) => boolean
}

/** For a wish that leaves nothing out: each topic as it comes, and of none a delayed view as well. */
export const EVERY_TOPIC = ({ delayMs }: Topic): boolean => delayMs === 0

export class Subscription {
  readonly lane: Lane
  readonly audience: Audience
  settings: Settings
  /** Asked for by its name, not only through `channel:*`. */
  isNamed: boolean
  /**
   * While it waits or is pending: the version that the lane sent last. A snapshot is nothing but being pending with
   * none. Otherwise that is its audience's.
   */
  sentVersion = NO_VERSION
  state: SubscriptionState = IDLE
  /** Before this time nothing more is sent, where an interval was asked for; on the flush's clock. */
  dueAtMs = 0
  /** Its lane's of the same interval; null where it has none. */
  group: Group | null = null
  /** Where it stands among those that wait. */
  waitingAt = -1
  /** Where it stands in its audience. */
  position = -1
  /** Its neighbours in its lane's queue. */
  before: Subscription | null = null
  behind: Subscription | null = null

  constructor(lane: Lane, audience: Audience, settings: Settings, isNamed: boolean) {
    this.lane = lane
    this.audience = audience
    this.settings = settings
    this.isNamed = isNamed
  }
}
