/**
 * Reconsider: what another token makes of a session's subscriptions. What is lost ends, what is gained begins, and what
 * is read with another delay moves to where it is.
 */
import type { Identity } from '../access/identity.ts'
import type { Lane } from '../fanout/lane.ts'
import type { ChannelWish, Subscription } from '../fanout/subscription.ts'
import type { Topic } from '../market/topic.ts'
import type { TopicRefused, TopicSettings } from '../protocol/messages.ts'
import type { SessionHost } from './session.ts'
import { channelSettings, refused, topicSettings, wishOf } from './subscriptions.ts'
import { type View, viewOf, viewsOf } from './views.ts'

type Outcome = TopicSettings | TopicRefused

/** Applies an identity to a lane whose subscriptions were made by another; returns what thereby changes. */
export function reconsidered(
  host: SessionHost,
  lane: Lane,
  before: Identity,
  after: Identity,
): Outcome[] {
  const channels = [...(lane.channels ?? [])]
  // Channels first: a name that is lost must not live on through what its channel was.
  return [
    ...channels.flatMap(([channel, wish]) => ofChannel(host, lane, channel, wish, before, after)),
    ...[...lane.subscriptions.values()].flatMap((one) => ofTopic(host, lane, one, before, after)),
  ]
}

function ofChannel(
  host: SessionHost,
  lane: Lane,
  channel: string,
  wish: ChannelWish,
  before: Identity,
  after: Identity,
): Outcome[] {
  const selector = `${channel}:*`
  const views = viewsOf(host, after, channel)
  if (!Array.isArray(views)) {
    host.registry.leaveChannel(lane, channel)
    return [refused(host, selector, views.fault, views.detail)]
  }
  const settingsBefore = channelSettings(host, lane, channel, wish, before)
  const ended = host.registry.joinChannel(lane, channel, wishOf(host, after, wish))
  const lost = ended.flatMap((topic) => lostOf(host, after, topic))
  if (lost.length > host.limits.subscriptions) {
    // An outcome for each would make the answer many times what was asked.
    host.registry.leaveChannel(lane, channel)
    const detail = `${lost.length} of its topics are lost; subscribe again for the others`
    return [refused(host, selector, 'not_allowed', detail)]
  }
  const settings = channelSettings(host, lane, channel, wish, after)
  const isSame =
    ended.length === 0 &&
    settings.heldCount === settingsBefore.heldCount &&
    settings.delayedMs === settingsBefore.delayedMs
  return isSame ? [] : [settings, ...lost]
}

/** What a topic that came through its channel is told of; nothing where it is only read elsewhere. */
function lostOf(host: SessionHost, after: Identity, { name }: Topic): TopicRefused[] {
  const view = viewOf(host, after, name)
  return 'market' in view ? [] : [refused(host, name, view.fault, view.detail)]
}

function ofTopic(
  host: SessionHost,
  lane: Lane,
  { audience: { topic }, settings, isNamed }: Subscription,
  before: Identity,
  after: Identity,
): Outcome[] {
  if (!isNamed) return []
  const view = viewOf(host, after, topic.name)
  if (!('market' in view)) {
    host.registry.leave(lane, topic)
    return [refused(host, topic.name, view.fault, view.detail)]
  }
  if (view.market === (viewOf(host, before, topic.name) as View).market) return []
  host.registry.leave(lane, topic)
  host.registry.join(lane, view.market.topic(topic.name)!, settings)
  return [topicSettings(view, topic.name, settings)]
}
