/**
 * HTTP answers: JSON, with the protocol's fault names.
 */
import type { HttpResponse } from 'uWebSockets.js'
import { type FaultName, faultBody, httpStatusOf } from '../protocol/faults.ts'
import { count, type TransportCounters } from './counters.ts'

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  304: 'Not Modified',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  426: 'Upgrade Required',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
}

/** When a client that found no room may come back: so many seconds, and up to so many more. */
const RETRY_AFTER_S_MIN = 3
const RETRY_AFTER_S_SPREAD = 6

/** Headers beside those that every answer has, or in place of them. */
export type Headers = Readonly<Record<string, string>>

const COMMON: Headers = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' }

/** Starts an answer: status and headers. The caller ends it, in the same turn. */
export function begin(
  res: HttpResponse,
  counters: TransportCounters,
  status: number,
  headers: Headers,
): void {
  count(counters.http, status)
  res.writeStatus(`${status} ${REASONS[status] ?? 'Unknown'}`)
  const all = { ...COMMON, ...headers }
  for (const name in all) res.writeHeader(name, all[name]!)
}

/** Answers with a value as JSON. */
export function sendJson(
  res: HttpResponse,
  counters: TransportCounters,
  status: number,
  body: unknown,
): void {
  res.cork(() => {
    begin(res, counters, status, { 'Content-Type': 'application/json' })
    res.end(`${JSON.stringify(body)}\n`)
  })
}

export interface FaultOptions {
  readonly headers?: Headers
  /** Whether the connection ends with this answer. */
  readonly isLast?: boolean
  /** When to come back, where it is known, s. */
  readonly retryAfterS?: number
}

/** Answers with a fault: its HTTP status, and its code, name and text as the body. Counts it. */
export function sendFault(
  res: HttpResponse,
  counters: TransportCounters,
  fault: FaultName,
  detail?: string,
  { headers = {}, isLast = false, retryAfterS = randomRetryS() }: FaultOptions = {},
): void {
  counters.faults[fault]++
  const status = httpStatusOf(fault)
  // The body of an answer to HEAD would be read as the next answer: after a refused method none may follow.
  const isWrongMethod = fault === 'method_not_allowed'
  res.cork(() => {
    begin(res, counters, status, { ...headers, 'Content-Type': 'application/json' })
    if (isWrongMethod) res.writeHeader('Allow', 'GET')
    if (status === 401) res.writeHeader('WWW-Authenticate', 'Bearer')
    if (status === 429 || status === 503) res.writeHeader('Retry-After', String(retryAfterS))
    res.end(`${JSON.stringify({ error: faultBody(fault, detail) })}\n`, isLast || isWrongMethod)
  })
}

/** Those who are turned away together must not come back together. */
function randomRetryS(): number {
  return RETRY_AFTER_S_MIN + Math.floor(Math.random() * RETRY_AFTER_S_SPREAD)
}
