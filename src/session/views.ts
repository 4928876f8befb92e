/**
 * Views: in which market an identity reads a topic: the live one, or one of those that are delayed. The one place that
 * knows.
 */
import type { Identity } from '../access/identity.ts'
import type { Market } from '../market/market.ts'
import type { Markets } from '../market/markets.ts'
import type { Topic } from '../market/topic.ts'
import type { FaultName } from '../protocol/faults.ts'

/** Why there is none. */
export interface Refusal {
  readonly fault: FaultName
  readonly detail?: string
}

/** Where a topic is read, or with which fault it is refused; that does not tell whether the topic is there. */
export function viewOf(markets: Markets, identity: Identity, topic: string): Market | Refusal {
  const delayMs = identity.entitlements.delayMsOf(topic)
  if (delayMs === null) return { fault: refusalOf(identity) }
  return markets.of(delayMs) ?? unkept(delayMs)
}

/** Where what may be read of a channel is read: at least one market; or with which fault it is refused. */
export function viewsOf(
  markets: Markets,
  identity: Identity,
  channel: string,
): readonly Market[] | Refusal {
  const delays = identity.entitlements.delaysMsWithin(channel)
  const views = delays.map((delayMs) => markets.of(delayMs)).filter((view) => view !== null)
  if (views.length > 0) return [...new Set(views)]
  return delays.length > 0 ? unkept(delays[0]!) : { fault: refusalOf(identity) }
}

export function isRefusal(views: Market | readonly Market[] | Refusal): views is Refusal {
  return 'fault' in views
}

/** Whether an identity reads this very topic: each market has one of that name. */
export function isReadable(markets: Markets, identity: Identity, topic: Topic): boolean {
  const view = viewOf(markets, identity, topic.name)
  return !isRefusal(view) && view.delayMs === topic.delayMs
}

function refusalOf({ subject }: Identity): FaultName {
  return subject === null ? 'auth_required' : 'not_allowed'
}

function unkept(delayMs: number): Refusal {
  const detail = `${delayMs} ms later it is, but no delay in TICKWIRE_DELAYS_MS is as long`
  return { fault: 'not_allowed', detail }
}
