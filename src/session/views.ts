/**
 * Views: in which market an identity reads a topic. The one place that knows.
 */
import type { Identity } from '../access/identity.ts'
import type { Market } from '../market/market.ts'
import type { Topic } from '../market/topic.ts'
import type { FaultName } from '../protocol/faults.ts'

export interface View {
  readonly market: Market
  /** How old its values are, ms: 0 as they come. */
  readonly delayMs: number
}

export interface NoView {
  readonly fault: FaultName
  readonly detail?: string
}

export interface ViewHost {
  readonly market: Market
}

/** Where an identity reads a topic, or with which fault it is refused; that does not tell whether the topic exists. */
export function viewOf(host: ViewHost, identity: Identity, topic: string): View | NoView {
  const delayMs = identity.entitlements.delayMsOf(topic)
  if (delayMs === null) return { fault: refusalOf(identity) }
  return marketOf(host, delayMs) ?? { fault: 'not_allowed', detail: unkept(delayMs) }
}

/** Where an identity reads what of a channel it may; none: with which fault it is refused. */
export function viewsOf(host: ViewHost, identity: Identity, channel: string): View[] | NoView {
  const delays = identity.entitlements.delaysMsWithin(channel)
  const views = delays.map((delayMs) => marketOf(host, delayMs)).filter((view) => view !== null)
  if (views.length > 0) return views
  if (delays.length === 0) return { fault: refusalOf(identity) }
  return { fault: 'not_allowed', detail: unkept(delays[0]!) }
}

/** Whether an identity reads this very topic: of the same name there is one in each market. */
export function isReadable(host: ViewHost, identity: Identity, topic: Topic): boolean {
  const view = viewOf(host, identity, topic.name)
  return 'market' in view && view.market.find(topic.name) === topic
}

function marketOf(host: ViewHost, delayMs: number): View | null {
  return delayMs === 0 ? { market: host.market, delayMs } : null
}

function refusalOf({ subject }: Identity): FaultName {
  return subject === null ? 'auth_required' : 'not_allowed'
}

function unkept(delayMs: number): string {
  return `delayed by ${delayMs} ms, and that is not in TICKWIRE_DELAYS_MS`
}
