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

export const PROBE_KINDS = ['ping', 'message'] as const
/**
 * What a client is asked with how far it has read. `ping`: a WebSocket ping, which its library answers by itself.
 * `message`: a message, which it acknowledges when everything before it has been handled.
 */
export type ProbeKind = (typeof PROBE_KINDS)[number]

/**
 * Where a connection stands with tokens. `off`: none are needed. `required`: nothing is read without one, which must come
 * in `authTimeoutMs`. `anonymous`: what is public is read without. `done`: one was accepted.
 */
export type AuthState = 'off' | 'required' | 'anonymous' | 'done'

/** A client's own number or text for its request; null where it could not be read. */
export type RequestId = number | string | null

export interface Limits {
  readonly subscriptions: number
  readonly requestBytes: number
  readonly requestsPerS: number
  readonly requestsBurst: number
  readonly requestBytesPerS: number
  /** How long a client may wait with its token, where `auth` in hello is `required`. */
  readonly authTimeoutMs: number
}

export interface Hello {
  readonly type: 'hello'
  readonly protocol: typeof PROTOCOL
  /** This run of the server: another name means that versions may have started anew. */
  readonly server: string
  readonly source: string
  readonly feed: FeedState
  readonly heartbeatMs: number
  /** The kind of probes that is in force. */
  readonly probe: ProbeKind
  readonly auth: AuthState
  readonly limits: Limits
}

/** One topic's outcome in a result. */
export interface TopicSettings {
  readonly topic: string
  readonly intervalMs: number
  readonly mode: Mode
  /** A value is known: it follows, unless this connection was sent it already. */
  readonly held: boolean
  /** For `channel:*`: how many of its topics have a value, all of which follow. */
  readonly heldCount?: number
  /** The values are this old, for that is what the token allows; of `channel:*`, the oldest of its topics are. */
  readonly delayedMs?: number
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
  /** Answering `auth`: whose token it was, and until when it serves; ms since the epoch. */
  readonly subject?: string
  readonly expiresAt?: number
}

/** The token expires soon; a new one in `auth` goes on without a break. */
export interface AuthExpiring {
  readonly type: 'auth_expiring'
  readonly expiresAt: number
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

/** To be acknowledged, with its number, when everything before it has been handled. */
export interface ProbeMessage {
  readonly type: 'probe'
  readonly number: number
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
  /** Come back after a random time between these two, counted from this message. */
  readonly reconnectMs: readonly [number, number]
}

export type Message =
  | Hello
  | Result
  | Full
  | Delta
  | Status
  | Heartbeat
  | ProbeMessage
  | Pong
  | AuthExpiring
  | ErrorMessage
  | Goaway
