/**
 * Registry: which lanes are subscribed to which topics, and the fourth hop of an update.
 * `channel:*` is kept as one subscription a topic that has a value and is admitted, topics to come included. A topic
 * asked for by name as well follows its own settings, and falls back to the channel's when the name is unsubscribed.
 * Next:  fanout/flush.ts
 */
import type { Market } from '../market/market.ts'
import type { Topic } from '../market/topic.ts'
import { Audience } from './audience.ts'
import type { Flush } from './flush.ts'
import { enroll, withdraw } from './intervals.ts'
import type { Lane } from './lane.ts'
import { type ChannelWish, PENDING, type Settings, Subscription, WAITING } from './subscription.ts'

/** Spreads any number of lanes evenly over an interval: each next one falls into the largest gap. */
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2

export class Registry {
  readonly lanes = new Set<Lane>()
  /** All subscriptions, those through `channel:*` counted by topic. */
  subscriptionCount = 0
  private readonly markets: readonly Market[]
  private readonly flush: Flush
  /** By topic id; a topic that nobody listens to has none. */
  private readonly audiences: (Audience | undefined)[] = []
  private readonly channelLanes = new Map<string, Set<Lane>>()
  private lastPhase = 0

  /** No two topics of the markets may have the same id. */
  constructor(markets: readonly Market[], flush: Flush) {
    this.markets = markets
    this.flush = flush
    for (const market of markets) market.onFirstValue = (topic) => this.welcome(topic)
  }

  add(lane: Lane): void {
    this.lastPhase = (this.lastPhase + GOLDEN_RATIO) % 1
    lane.phase = this.lastPhase
    this.lanes.add(lane)
  }

  /** Ends all that a closed connection had. */
  remove(lane: Lane): void {
    lane.isClosed = true
    lane.isCurrent = false
    this.lanes.delete(lane)
    this.flush.sender.remove(lane)
    for (const channel of lane.channels?.keys() ?? []) this.forget(lane, channel)
    for (const subscription of lane.subscriptions.values()) this.end(subscription)
    lane.subscriptions.clear()
  }

  /** An update's topic has a new version: every lane subscribed to it has something to send. @hot */
  mark(topic: Topic): void {
    const audience = this.audiences[topic.id]
    if (audience !== undefined) this.flush.mark(audience)
  }

  /** Subscribes to a topic, or changes the subscription's settings. The value follows unless it was sent already. */
  join(lane: Lane, topic: Topic, settings: Settings): void {
    const known = lane.subscriptions.get(topic)
    if (known === undefined) {
      lane.namedCount++
      this.pend(this.begin(lane, topic, settings, true))
      return
    }
    if (!known.isNamed) lane.namedCount++
    known.isNamed = true
    this.change(known, settings)
  }

  /**
   * Subscribes to every topic of a channel that the wish admits, or puts this wish in the place of the one before.
   * Returns the topics that thereby ended: no longer admitted, and not asked for by name.
   */
  joinChannel(lane: Lane, channel: string, wish: ChannelWish): Topic[] {
    lane.channels ??= new Map()
    lane.channels.set(channel, wish)
    const lanes = this.channelLanes.get(channel)
    if (lanes === undefined) this.channelLanes.set(channel, new Set([lane]))
    else lanes.add(lane)
    const ended: Topic[] = []
    for (const market of this.markets) {
      for (const topic of market.channel(channel)) {
        if (!this.follow(lane, topic, wish)) ended.push(topic)
      }
    }
    return ended
  }

  /** Ends a subscription by name: false where there was none. It may live on through its channel. */
  leave(lane: Lane, topic: Topic): boolean {
    const known = lane.subscriptions.get(topic)
    if (known === undefined || !known.isNamed) return false
    lane.namedCount--
    const covering = lane.channels?.get(topic.channel)
    // Kept without a value, names that nobody publishes would pile up, and count for nobody.
    if (covering?.admits(topic) === true && topic.hasValue) {
      known.isNamed = false
      this.change(known, covering)
    } else {
      lane.subscriptions.delete(topic)
      this.end(known)
    }
    return true
  }

  /** Ends a `channel:*`: false where there was none. Topics asked for by name stay. */
  leaveChannel(lane: Lane, channel: string): boolean {
    if (lane.channels?.delete(channel) !== true) return false
    this.forget(lane, channel)
    for (const [topic, subscription] of lane.subscriptions) {
      if (topic.channel !== channel || subscription.isNamed) continue
      lane.subscriptions.delete(topic)
      this.end(subscription)
    }
    return true
  }

  /** A topic got its first value: whoever has the whole channel listens to it from now on. mark() follows. */
  private welcome(topic: Topic): void {
    for (const lane of this.channelLanes.get(topic.channel) ?? []) {
      if (lane.subscriptions.has(topic)) continue
      const wish = lane.channels!.get(topic.channel)!
      if (wish.admits(topic)) this.begin(lane, topic, wish, false)
    }
  }

  /** Has a lane's subscription to a topic with a value follow its channel's wish; false where that ended it. */
  private follow(lane: Lane, topic: Topic, wish: ChannelWish): boolean {
    const known = lane.subscriptions.get(topic)
    if (known?.isNamed === true) return true
    const isAdmitted = wish.admits(topic)
    if (known === undefined) {
      if (isAdmitted) this.pend(this.begin(lane, topic, wish, false))
      return true
    }
    if (isAdmitted) {
      this.change(known, wish)
      return true
    }
    lane.subscriptions.delete(topic)
    this.end(known)
    return false
  }

  private forget(lane: Lane, channel: string): void {
    const lanes = this.channelLanes.get(channel)
    lanes?.delete(lane)
    if (lanes?.size === 0) this.channelLanes.delete(channel)
  }

  private begin(lane: Lane, topic: Topic, settings: Settings, isNamed: boolean): Subscription {
    let audience = this.audiences[topic.id]
    if (audience === undefined) {
      audience = new Audience(topic)
      this.audiences[topic.id] = audience
    }
    const subscription = new Subscription(lane, audience, settings, isNamed)
    enroll(subscription)
    audience.add(subscription)
    lane.subscriptions.set(topic, subscription)
    this.subscriptionCount++
    return subscription
  }

  /** A new subscription begins with the topic's value. */
  private pend(subscription: Subscription): void {
    const { audience } = subscription
    if (!audience.topic.hasValue) return
    // For later ones it is what the others were sent, and the flush sees to it.
    if (audience.size === 1) audience.sentVersion = audience.topic.version
    this.flush.queue(subscription)
  }

  /** What waits for the old interval is sent now: the new one begins with it. */
  private change(subscription: Subscription, settings: Settings): void {
    const isWaiting = subscription.state === WAITING
    subscription.audience.remove(subscription)
    withdraw(subscription)
    subscription.settings = settings
    subscription.dueAtMs = 0
    enroll(subscription)
    subscription.audience.add(subscription)
    if (isWaiting) this.flush.queue(subscription)
  }

  private end(subscription: Subscription): void {
    const { audience, lane, state } = subscription
    if (state === PENDING) lane.pending.remove(subscription)
    audience.remove(subscription)
    withdraw(subscription)
    this.subscriptionCount--
    if (audience.size > 0) return
    this.audiences[audience.topic.id] = undefined
    for (const market of this.markets) market.release(audience.topic)
  }
}
