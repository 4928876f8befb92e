/**
 * tickwire/client: the client for browsers and Node. docs/client.md shows how it is used.
 */
export type { Hello, Message, Mode } from '../protocol/messages.ts'
export type { Identity } from './auth.ts'
export type { BackoffSettings } from './backoff.ts'
export { TickwireClient } from './client.ts'
export { type ClientFault, type OwnFaultName, TickwireClientError } from './errors.ts'
export type {
  ClientEvents,
  ClientState,
  Ended,
  EventName,
  Listener,
  StaleReason,
} from './events.ts'
export type {
  SubscribeOptions,
  SubscriptionHandle,
  Update,
  UpdateListener,
} from './handle.ts'
export type { ClientOptions, ClientStats } from './options.ts'
export type { Changes, Fields } from './records.ts'
export type { WebSocketConstructor, WebSocketLike } from './socket.ts'
export type { Token } from './token.ts'
export type { Updates } from './updates.ts'
