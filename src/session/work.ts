/**
 * Work: how many topics a request has the server look at, beside those that it names. Told before that is done.
 */
import type { Identity } from '../access/identity.ts'
import type { Lane } from '../fanout/lane.ts'
import type { Markets } from '../market/markets.ts'
import { parseSelector } from '../market/topic-name.ts'
import type { Request } from '../protocol/requests.ts'
import { isRefusal, viewsOf } from './views.ts'

/**
 * 0 for whoever has no whole channel, and asks for none. Counts nothing of channels and views that the identity may not
 * read: when it is refused would tell what is there.
 */
export function topicsLookedAt(
  markets: Markets,
  lane: Lane,
  identity: Identity,
  request: Request,
): number {
  const sizeOf = (channel: string) => {
    const views = viewsOf(markets, identity, channel)
    if (isRefusal(views)) return 0
    return views.reduce((count, view) => count + view.channel(channel).length, 0)
  }
  const subscribed = () => [...(lane.channels?.keys() ?? [])]
  const sum = (channels: readonly string[]) => channels.map(sizeOf).reduce((a, b) => a + b, 0)
  switch (request.method) {
    case 'subscribe':
      return sum(channelsOf(request.topics))
    case 'unsubscribe':
      return sum(channelsOf(request.topics).filter((channel) => lane.channels?.has(channel)))
    case 'list':
    case 'auth':
      return sum(subscribed())
    default:
      return 0
  }
}

function channelsOf(topics: readonly string[]): string[] {
  return topics
    .filter((text) => text.endsWith(':*'))
    .map((text) => parseSelector(text))
    .filter((selector) => selector !== null)
    .map(({ channel }) => channel)
}
