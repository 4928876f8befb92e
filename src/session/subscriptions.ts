/**
 * What subscribe, unsubscribe and list do, topic by topic: nothing that was asked for is silently ignored.
 */
import { WHEEL_TICK_MS } from '../fanout/intervals.ts'
import type { Lane } from '../fanout/lane.ts'
import { EVERY_TOPIC, type Settings } from '../fanout/subscription.ts'
import { parseSelector, type Selector, TOPIC_CHARS_MAX } from '../market/topic-name.ts'
import { type FaultName, faultBody, ProtocolError } from '../protocol/faults.ts'
import type { TopicEnded, TopicRefused, TopicSettings } from '../protocol/messages.ts'
import type { Request } from '../protocol/requests.ts'
import type { SessionHost } from './session.ts'

type Held = Pick<TopicSettings, 'held' | 'heldCount'>

/** Shorter ones than two ticks of the wheel would be none. */
export const INTERVAL_MS_MIN = 2 * WHEEL_TICK_MS

/** Subscribes the lane; returns the outcome of each topic. Throws ProtocolError where there are far too many. */
export function subscribed(
  host: SessionHost,
  lane: Lane,
  request: Extract<Request, { method: 'subscribe' }>,
): (TopicSettings | TopicRefused)[] {
  refuseTooMany(host, request.topics)
  const { mode, intervalMs } = request
  const settings: Settings = { mode, intervalMs: effectiveIntervalMs(intervalMs) }
  return request.topics.map((text) => {
    const selector = parseSelector(text)
    if (selector === null) return refused(host, text, 'bad_topic')
    const isNew = !isNamed(host, lane, selector)
    if (isNew && lane.subscriptionCount >= host.limits.subscriptions) {
      return refused(host, text, 'too_many_subscriptions', `to ${host.limits.subscriptions}`)
    }
    if (selector.key === null)
      host.registry.joinChannel(lane, selector.channel, { ...settings, admits: EVERY_TOPIC })
    else host.registry.join(lane, host.market.topic(text)!, settings)
    return { topic: text, ...settings, ...heldOf(host, selector) }
  })
}

/** Unsubscribes the lane; returns the outcome of each topic. */
export function unsubscribed(
  host: SessionHost,
  lane: Lane,
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
    const topic = host.market.find(text)
    const wasThere = topic !== undefined && host.registry.leave(lane, topic)
    const covering = lane.channels?.has(selector.channel) ? `${selector.channel}:*` : null
    if (!wasThere) {
      const detail = covering === null ? undefined : `by its name; ${covering} covers it`
      return refused(host, text, 'not_subscribed', detail)
    }
    return covering === null ? { topic: text } : { topic: text, coveredBy: covering }
  })
}

/** All that the lane is subscribed to, channels first. */
export function listed(host: SessionHost, lane: Lane): TopicSettings[] {
  const all: TopicSettings[] = []
  for (const [channel, { mode, intervalMs }] of lane.channels ?? []) {
    all.push({ topic: `${channel}:*`, mode, intervalMs, ...heldOfChannel(host, channel) })
  }
  for (const [topic, { settings, isNamed }] of lane.subscriptions) {
    if (isNamed) all.push({ topic: topic.name, ...settings, held: topic.hasValue })
  }
  return all
}

/** The result says what came of it. */
function effectiveIntervalMs(intervalMs: number): number {
  return intervalMs === 0 ? 0 : Math.max(intervalMs, INTERVAL_MS_MIN)
}

function isNamed(host: SessionHost, lane: Lane, selector: Selector): boolean {
  if (selector.key === null) return lane.channels?.has(selector.channel) === true
  const topic = host.market.find(selector.text)
  return topic !== undefined && lane.subscriptions.get(topic)?.isNamed === true
}

function heldOf(host: SessionHost, { key, channel, text }: Selector): Held {
  if (key === null) return heldOfChannel(host, channel)
  return { held: host.market.find(text)?.hasValue === true }
}

function heldOfChannel({ market }: SessionHost, channel: string): Held {
  const heldCount = market.channel(channel).length
  return { held: heldCount > 0, heldCount }
}

/** An outcome for each of thousands of names that cannot be had would cost more than the request did. */
function refuseTooMany({ limits }: SessionHost, topics: readonly string[]): void {
  if (topics.length <= limits.subscriptions) return
  const detail = `to ${limits.subscriptions}, and ${topics.length} topics are in one request`
  throw new ProtocolError('too_many_subscriptions', detail)
}

function refused(host: SessionHost, text: string, fault: FaultName, detail?: string): TopicRefused {
  host.counters.faults[fault]++
  // The cut may go through a character, and half of one is not text for strict readers of MessagePack.
  const topic = text.slice(0, TOPIC_CHARS_MAX).toWellFormed()
  return { topic, error: faultBody(fault, detail) }
}
