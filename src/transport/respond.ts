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
  503: 'Service Unavailable',
}

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

/** Answers with a fault: its HTTP status, and its code, name and text as the body. */
export function sendFault(
  res: HttpResponse,
  counters: TransportCounters,
  fault: FaultName,
  detail?: string,
  headers: Headers = {},
): void {
  // The body of an answer to HEAD would be read as the next answer: after a refused method none may follow.
  const isLast = fault === 'method_not_allowed'
  res.cork(() => {
    begin(res, counters, httpStatusOf(fault), { ...headers, 'Content-Type': 'application/json' })
    if (isLast) res.writeHeader('Allow', 'GET')
    res.end(`${JSON.stringify({ error: faultBody(fault, detail) })}\n`, isLast)
  })
}
