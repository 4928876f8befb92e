/**
 * Requests of protocol v1, client to server: one a frame. Reads what a dialect decoded, and trusts none of it.
 */
import { ProtocolError } from './faults.ts'
import { MODES, type Mode, type RequestId } from './messages.ts'

export const INTERVAL_MS_MAX = 60_000
export const ID_CHARS_MAX = 64
export const TOKEN_CHARS_MAX = 8_192
/** An ack that is larger is none that costs nothing: this is what the longest id needs, and some room. */
export const ACK_BYTES_MAX = 512

export type Request =
  | { id: RequestId; method: 'subscribe'; topics: string[]; intervalMs: number; mode: Mode }
  | { id: RequestId; method: 'unsubscribe'; topics: string[] }
  | { id: RequestId; method: 'list' }
  | { id: RequestId; method: 'ping' }
  | { id: RequestId; method: 'auth'; token: string }
  | { id: RequestId; method: 'ack'; number: number }

export const METHODS = ['subscribe', 'unsubscribe', 'list', 'ping', 'auth', 'ack'] as const
export type Method = (typeof METHODS)[number]

/** The request's id, or null: for answering even a request that is otherwise wrong. */
export function requestIdOf(value: unknown): RequestId {
  if (!isMap(value)) return null
  const { id } = value
  if (typeof id === 'string') return id.length <= ID_CHARS_MAX ? id : null
  return Number.isSafeInteger(id) ? (id as number) : null
}

/** Reads a request; throws ProtocolError (bad_request, unknown_method) naming what is wrong with it. */
export function parseRequest(value: unknown): Request {
  if (!isMap(value)) throw bad('a request is an object with id, method and params')
  const id = requestIdOf(value)
  // Nothing answers an ack, so its id is for nothing.
  if (id === null && !(value.method === 'ack' && value.id === undefined))
    throw bad(`id must be an integer or a text of at most ${ID_CHARS_MAX} characters`)
  const { method } = value
  if (typeof method !== 'string') throw bad('method must be a text')
  switch (method) {
    case 'subscribe': {
      const params = paramsOf(value)
      const { intervalMs, mode } = params
      return {
        id,
        method,
        topics: topicsOf(params),
        intervalMs: intervalOf(intervalMs),
        mode: modeOf(mode),
      }
    }
    case 'unsubscribe':
      return { id, method, topics: topicsOf(paramsOf(value)) }
    case 'list':
    case 'ping':
      return { id, method }
    case 'auth':
      return { id, method, token: tokenOf(paramsOf(value)) }
    case 'ack':
      return { id, method, number: numberOf(paramsOf(value)) }
    default:
      throw new ProtocolError(
        'unknown_method',
        `${JSON.stringify(method.slice(0, 32))}; there are ${METHODS.join(', ')}`,
      )
  }
}

type UnknownMap = { readonly [key: string]: unknown }

function isMap(value: unknown): value is UnknownMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function paramsOf(request: UnknownMap): UnknownMap {
  if (!isMap(request.params)) throw bad('params must be an object')
  return request.params
}

function topicsOf(params: UnknownMap): string[] {
  const { topics } = params
  if (!Array.isArray(topics) || topics.length === 0) throw bad('params.topics must name topics')
  for (const topic of topics) {
    if (typeof topic !== 'string') throw bad('params.topics must hold nothing but texts')
  }
  return [...new Set(topics as string[])]
}

function tokenOf({ token }: UnknownMap): string {
  if (typeof token === 'string' && token.length <= TOKEN_CHARS_MAX) return token
  throw bad(`params.token must be a text of at most ${TOKEN_CHARS_MAX} characters`)
}

function numberOf({ number }: UnknownMap): number {
  if (Number.isSafeInteger(number)) return number as number
  throw bad('params.number must be the number of a probe')
}

function intervalOf(value: unknown): number {
  if (value === undefined) return 0
  if (typeof value === 'number' && value >= 0 && value <= INTERVAL_MS_MAX) return Math.floor(value)
  throw bad(`params.intervalMs must be a number of milliseconds from 0 to ${INTERVAL_MS_MAX}`)
}

function modeOf(value: unknown): Mode {
  if (value === undefined) return 'full'
  const mode = MODES.find((known) => known === value)
  if (mode === undefined) throw bad(`params.mode must be one of ${MODES.join(', ')}`)
  return mode
}

function bad(detail: string): ProtocolError {
  return new ProtocolError('bad_request', detail)
}
