/**
 * What subscribe, unsubscribe and list do, topic by topic: nothing that was asked for is silently ignored.
 */
import { ANYBODY, type Identity } from '../access/identity.ts'
import { WHEEL_TICK_MS } from '../fanout/intervals.ts'
import type { Lane } from '../fanout/lane.ts'
import { type ChannelWish, EVERY_TOPIC, type Settings } from '../fanout/subscription.ts'
import type { Market } from '../market/market.ts'
import type { Topic } from '../market/topic.ts'
import { parseSelector, type Selector, TOPIC_CHARS_MAX } from '../market/topic-name.ts'
import { type FaultName, faultBody, ProtocolError } from '../protocol/faults.ts'
import type { TopicEnded, TopicRefused, TopicSettings } from '../protocol/messages.ts'
import type { Request } from '../protocol/requests.ts'
import type { SessionHost } from './session.ts'
import { isReadable, isRefusal, type Refusal, viewOf, viewsOf } from './views.ts'

/** Shorter ones than two ticks of the wheel would be none. */
export const INTERVAL_MS_MIN = 2 * WHEEL_TICK_MS

/** Subscribes the lane; returns the outcome of each topic. Throws ProtocolError where there are far too many. */
export function subscribed(
  host: SessionHost,
  lane: Lane,
  identity: Identity,
  request: Extract<Request, { method: 'subscribe' }>,
): (TopicSettings | TopicRefused)[] {
  refuseTooMany(host, request.topics)
  const { mode, intervalMs } = request
  const settings: Settings = { mode, intervalMs: effectiveIntervalMs(intervalMs) }
  return request.topics.map((text) => {
    const selector = parseSelector(text)
    if (selector === null) return refused(host, text, 'bad_topic')
    // Before anything that tells whether the topic is there.
    const views = viewsFor(host, identity, selector)
    if (isRefusal(views)) return refused(host, text, views.fault, views.detail)
    const [view] = views
    const isNew = !isNamed(lane, selector, view!)
    if (isNew && lane.subscriptionCount >= host.limits.subscriptions) {
      return refused(host, text, 'too_many_subscriptions', `to ${host.limits.subscriptions}`)
    }
    const { channel, key } = selector
    if (key === null) {
      host.registry.joinChannel(lane, channel, wishOf(host, identity, settings))
      return channelSettings(host, lane, channel, settings, identity)
    }
    const topic = view!.topic(text)!
    host.registry.join(lane, topic, settings)
    return topicSettings(topic, settings)
  })
}

/** Unsubscribes the lane; returns the outcome of each topic. */
export function unsubscribed(
  host: SessionHost,
  lane: Lane,
  identity: Identity,
  topics: readonly string[],
): (TopicEnded | TopicRefused)[] {
  refuseTooMany(host, topics)
  return topics.map((text) => {
    const selector = parseSelector(text)
    if (selector === null) return refused(host, text, 'bad_topic')
    if (selector.key === null) {
      const wasThere = host.registry.leaveChannel(lane, selector.channel)
      return wasThere ? { topic: text } : refused(host, text, 'not_subscribed')
    }
    const view = viewOf(host.markets, identity, text)
    const topic = isRefusal(view) ? undefined : view.find(text)
    const wasThere = topic !== undefined && host.registry.leave(lane, topic)
    const isCovered = !isRefusal(view) && lane.channels?.has(selector.channel) === true
    const covering = isCovered ? `${selector.channel}:*` : null
    if (!wasThere) {
      const detail = covering === null ? undefined : `by its name; ${covering} covers it`
      return refused(host, text, 'not_subscribed', detail)
    }
    return covering === null ? { topic: text } : { topic: text, coveredBy: covering }
  })
}

/** All that the lane is subscribed to, channels first. */
export function listed(host: SessionHost, lane: Lane, identity: Identity): TopicSettings[] {
  const all: TopicSettings[] = []
  for (const [channel, wish] of lane.channels ?? []) {
    all.push(channelSettings(host, lane, channel, wish, identity))
  }
  for (const [topic, { settings, isNamed }] of lane.subscriptions) {
    if (isNamed) all.push(topicSettings(topic, settings))
  }
  return all
}

/** A wish for as much of a channel as an identity may read. */
export function wishOf(
  host: SessionHost,
  identity: Identity,
  { mode, intervalMs }: Settings,
): ChannelWish {
  const admits =
    identity === ANYBODY ? EVERY_TOPIC : (topic: Topic) => isReadable(host.markets, identity, topic)
  return { mode, intervalMs, admits }
}

/** How a topic is subscribed to, as it stands in a result. */
export function topicSettings(topic: Topic, settings: Settings): TopicSettings {
  const { name, hasValue: held, delayMs } = topic
  return { topic: name, ...settings, held, ...delayed(delayMs) }
}

/** How a channel is subscribed to; counts nothing that the identity may not read. */
export function channelSettings(
  host: SessionHost,
  lane: Lane,
  channel: string,
  { mode, intervalMs }: Settings,
  identity: Identity,
): TopicSettings {
  const views = viewsOf(host.markets, identity, channel) as readonly Market[]
  const heldCount = views.reduce((count, view) => {
    const topics = view.channel(channel)
    // All that are admitted are subscribed to.
    const readable = identity === ANYBODY ? topics : topics.filter((t) => lane.subscriptions.has(t))
    return count + readable.length
  }, 0)
  const oldestMs = Math.max(...views.map(({ delayMs }) => delayMs))
  return {
    topic: `${channel}:*`,
    ...{ mode, intervalMs, held: heldCount > 0, heldCount },
    ...delayed(oldestMs),
  }
}

function delayed(delayMs: number): { delayedMs?: number } {
  return delayMs > 0 ? { delayedMs: delayMs } : {}
}

/** The result says what came of it. */
function effectiveIntervalMs(intervalMs: number): number {
  return intervalMs === 0 ? 0 : Math.max(intervalMs, INTERVAL_MS_MIN)
}

function viewsFor(
  { markets }: SessionHost,
  identity: Identity,
  { key, channel, text }: Selector,
): readonly Market[] | Refusal {
  if (key === null) return viewsOf(markets, identity, channel)
  const view = viewOf(markets, identity, text)
  return isRefusal(view) ? view : [view]
}

function isNamed(lane: Lane, selector: Selector, view: Market): boolean {
  if (selector.key === null) return lane.channels?.has(selector.channel) === true
  const topic = view.find(selector.text)
  return topic !== undefined && lane.subscriptions.get(topic)?.isNamed === true
}

/** An outcome for each of thousands of names that cannot be had would cost more than the request did. */
function refuseTooMany({ limits }: SessionHost, topics: readonly string[]): void {
  if (topics.length <= limits.subscriptions) return
  const detail = `to ${limits.subscriptions}, and ${topics.length} topics are in one request`
  throw new ProtocolError('too_many_subscriptions', detail)
}

/** A topic's refusal, counted. */
export function refused(
  host: SessionHost,
  text: string,
  fault: FaultName,
  detail?: string,
): TopicRefused {
  host.counters.faults[fault]++
  // The cut may go through a character, and half of one is not text for strict readers of MessagePack.
  const topic = text.slice(0, TOPIC_CHARS_MAX).toWellFormed()
  return { topic, error: faultBody(fault, detail) }
}
