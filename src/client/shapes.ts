/**
 * Shapes: what of a server's messages the client relies on, by type. A server that is not ours, or hostile, must be
 * able to make a client do no more than come back later. Values within records are the program's to judge.
 */
import { type Message, PROTOCOL } from '../protocol/messages.ts'

type UnknownMap = { readonly [name: string]: unknown }

/** Beyond twice this, platforms run timers at once. */
const DELAY_MS_MAX = 1e9
const LIMIT_MAX = 1e9
const FEED_STATES: readonly unknown[] = ['live', 'stale', 'down']

const SHAPES: Readonly<Record<Message['type'], (message: UnknownMap) => boolean>> = {
  // Of another protocol nothing is known but that: connection.ts says so.
  hello: ({ protocol, heartbeatMs, feed, limits }) =>
    protocol !== PROTOCOL ||
    (isWithin(heartbeatMs, 1, DELAY_MS_MAX) && FEED_STATES.includes(feed) && areLimits(limits)),
  result: ({ topics }) => Array.isArray(topics) && topics.every(isOutcome),
  full: isData,
  delta: isData,
  status: ({ feed, since }) => FEED_STATES.includes(feed) && Number.isFinite(since),
  heartbeat: () => true,
  auth_expiring: ({ expiresAt }) => Number.isFinite(expiresAt),
  probe: ({ number }) => Number.isFinite(number),
  pong: () => true,
  error: isFault,
  goaway: ({ reconnectMs }) =>
    Array.isArray(reconnectMs) &&
    reconnectMs.length === 2 &&
    reconnectMs.every((ms) => isWithin(ms, 0, DELAY_MS_MAX)),
}

/** Whether it is a message: one that the client can take, or of a type that it does not know, and leaves alone. */
export function isMessage(value: unknown): boolean {
  if (!isMap(value) || typeof value.type !== 'string') return false
  return !Object.hasOwn(SHAPES, value.type) || SHAPES[value.type as Message['type']](value)
}

function areLimits(limits: unknown): boolean {
  if (!isMap(limits)) return false
  const { subscriptions, requestBytes, requestsPerS, requestsBurst } = limits
  const all = [subscriptions, requestBytes, requestsPerS, requestsBurst]
  return all.every((limit) => isWithin(limit, 1, LIMIT_MAX))
}

function isOutcome(outcome: unknown): boolean {
  if (!isMap(outcome) || typeof outcome.topic !== 'string') return false
  if ('error' in outcome) return isMap(outcome.error) && isFault(outcome.error)
  return outcome.heldCount === undefined || Number.isFinite(outcome.heldCount)
}

function isFault({ name, message }: UnknownMap): boolean {
  return typeof name === 'string' && typeof message === 'string'
}

function isData({ topic, seq, data }: UnknownMap): boolean {
  return typeof topic === 'string' && Number.isFinite(seq) && isMap(data)
}

/** A plain object: MessagePack may bring others. */
function isMap(value: unknown): value is UnknownMap {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  )
}

function isWithin(value: unknown, min: number, max: number): boolean {
  return typeof value === 'number' && value >= min && value <= max
}
