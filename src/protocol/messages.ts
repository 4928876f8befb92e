/**
 * Messages of protocol v1, server to client: every frame is an array of them. docs/protocol.md explains each.
 */
import type { FeedState } from '../market/feed.ts'
import type { Scalar } from '../market/record.ts'
import type { FaultBody } from './faults.ts'

export const PROTOCOL = 'tickwire.v1'

export const MODES = ['full', 'delta'] as const
/** `full`: every message holds the whole record. `delta`: only what changed, where the receiver can apply it. */
export type Mode = (typeof MODES)[number]

/** A client's own number or text for its request; null where it could not be read. */
export type RequestId = number | string | null

export interface Limits {
  readonly subscriptions: number
  readonly requestBytes: number
  readonly requestsPerS: number
  readonly requestsBurst: number
}

export interface Hello {
  readonly type: 'hello'
  readonly protocol: typeof PROTOCOL
  /** This run of the server: another name means that versions may have started anew. */
  readonly server: string
  readonly source: string
  readonly feed: FeedState
  readonly heartbeatMs: number
  readonly limits: Limits
}

/** One topic's outcome in a result. */
export interface TopicSettings {
  readonly topic: string
  readonly intervalMs: number
  readonly mode: Mode
  /** A value is known: it follows, unless this connection was sent it already. */
  readonly held: boolean
}
export interface TopicEnded {
  readonly topic: string
  /** Still subscribed through this selector, with its settings. */
  readonly coveredBy?: string
}
export interface TopicRefused {
  readonly topic: string
  readonly error: FaultBody
}

export interface Result {
  readonly type: 'result'
  readonly id: RequestId
  readonly topics: readonly (TopicSettings | TopicEnded | TopicRefused)[]
}

export interface Full {
  readonly type: 'full'
  readonly topic: string
  readonly seq: number
  readonly data: { readonly [field: string]: Scalar }
}

/** Applies to the message of its topic before it on the same connection; `null` removes a field. */
export interface Delta {
  readonly type: 'delta'
  readonly topic: string
  readonly seq: number
  readonly data: { readonly [field: string]: Scalar | null }
}

export interface Status {
  readonly type: 'status'
  readonly feed: FeedState
  readonly since: number
}

export interface Heartbeat {
  readonly type: 'heartbeat'
  readonly at: number
}

export interface Pong {
  readonly type: 'pong'
  readonly id: RequestId
  readonly at: number
}

export interface ErrorMessage extends FaultBody {
  readonly type: 'error'
  readonly id: RequestId
}

export interface Goaway {
  readonly type: 'goaway'
  readonly reason: string
  /** Come back after a random time between these two. */
  readonly reconnectMs: readonly [number, number]
}

export type Message =
  | Hello
  | Result
  | Full
  | Delta
  | Status
  | Heartbeat
  | Pong
  | ErrorMessage
  | Goaway
