/**
 * Reconsider: what another token makes of a session's subscriptions. What is lost ends, what is gained begins, and what
 * is read with another delay moves to where it is.
 */
import type { Identity } from '../access/identity.ts'
import type { Lane } from '../fanout/lane.ts'
import type { Subscription } from '../fanout/subscription.ts'
import type { TopicRefused, TopicSettings } from '../protocol/messages.ts'
import type { SessionHost } from './session.ts'
import { channelSettings, refused, topicSettings, wishOf } from './subscriptions.ts'
import { isRefusal, viewOf, viewsOf } from './views.ts'

type Outcome = TopicSettings | TopicRefused

/** Applies an identity to a lane whose subscriptions were made by another; returns what thereby changes. */
export function reconsidered(
  host: SessionHost,
  lane: Lane,
  before: Identity,
  after: Identity,
): Outcome[] {
  const outcomes: Outcome[] = []
  // Channels first: a name that is lost must not live on through what its channel was.
  for (const [channel, wish] of [...(lane.channels ?? [])]) {
    const settings = channelSettings(host, lane, channel, wish, before)
    outcomes.push(...ofChannel(host, lane, channel, settings, after, outcomes.length))
  }
  for (const subscription of [...lane.subscriptions.values()]) {
    const outcome = ofTopic(host, lane, subscription, after)
    if (outcome !== null) outcomes.push(outcome)
  }
  return outcomes
}

/** `toldCount` topics have been told of by others. */
function ofChannel(
  host: SessionHost,
  lane: Lane,
  channel: string,
  before: TopicSettings,
  after: Identity,
  toldCount: number,
): Outcome[] {
  const { registry, markets, limits } = host
  const views = viewsOf(markets, after, channel)
  if (isRefusal(views)) {
    registry.leaveChannel(lane, channel)
    return [refused(host, before.topic, views.fault, views.detail)]
  }
  const ended = registry.joinChannel(lane, channel, wishOf(host, after, before))
  // Others are only read elsewhere from now on.
  const lost = ended.filter(({ name }) => isRefusal(viewOf(markets, after, name)))
  if (toldCount + lost.length > limits.subscriptions) {
    // An outcome for each would make the answer many times what was asked.
    registry.leaveChannel(lane, channel)
    const detail = `${lost.length} of its topics are lost; subscribe again for the others`
    return [refused(host, before.topic, 'not_allowed', detail)]
  }
  const settings = channelSettings(host, lane, channel, before, after)
  const isSame =
    ended.length === 0 &&
    settings.heldCount === before.heldCount &&
    settings.delayedMs === before.delayedMs
  return isSame ? [] : [settings, ...lost.map(({ name }) => refused(host, name, 'not_allowed'))]
}

function ofTopic(
  host: SessionHost,
  lane: Lane,
  { audience: { topic }, settings, isNamed }: Subscription,
  after: Identity,
): Outcome | null {
  if (!isNamed) return null
  const view = viewOf(host.markets, after, topic.name)
  if (isRefusal(view)) {
    host.registry.leave(lane, topic)
    return refused(host, topic.name, view.fault, view.detail)
  }
  if (view.delayMs === topic.delayMs) return null
  host.registry.leave(lane, topic)
  const moved = view.topic(topic.name)!
  host.registry.join(lane, moved, settings)
  return topicSettings(moved, settings)
}
