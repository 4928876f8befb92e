/**
 * The admin port: for orchestrators and metrics, not for the public.
 */
import type { TemplatedApp } from 'uWebSockets.js'
import type { TransportCounters } from './counters.ts'
import { type Profiler, serveProfiles } from './profiles.ts'
import { begin, sendFault, sendJson } from './respond.ts'

export interface AdminPorts {
  readonly counters: TransportCounters
  /** Why the server should get no new clients; empty when it should. */
  readonly unready: () => readonly string[]
  /** Figures for whoever reads /readyz by eye. */
  readonly figures: () => object
  /** The slowest lanes, at most so many. */
  readonly lanes: (top: number) => object
  readonly metrics: { readonly contentType: string; text(): Promise<string> }
  /** null: no profiles are made. */
  readonly profiler: Profiler | null
  readonly profileToken: string | null
  readonly onError: (error: unknown) => void
}

const LANES_DEFAULT = 20
const LANES_MAX = 1_000

/** Serves /profile/* where that is switched on, /livez (this event loop turns), /readyz (new clients are welcome), /lanes?top=N and /metrics. */
export function serveAdmin(app: TemplatedApp, ports: AdminPorts): void {
  const { counters, metrics, profiler } = ports
  if (profiler !== null) serveProfiles(app, profiler, ports)
  app.get('/livez', (res) => sendJson(res, counters, 200, { live: true }))
  app.get('/readyz', (res) => {
    const reasons = ports.unready()
    const ready = reasons.length === 0
    sendJson(res, counters, ready ? 200 : 503, { ready, reasons, ...ports.figures() })
  })
  app.get('/lanes', (res, req) => {
    const text = (req.getQuery() && req.getQuery('top')) || `${LANES_DEFAULT}`
    const top = /^\d{1,4}$/.test(text) ? Number(text) : 0
    if (top < 1 || top > LANES_MAX) {
      sendFault(res, counters, 'bad_request', `top must be 1 to ${LANES_MAX}`)
    } else sendJson(res, counters, 200, ports.lanes(top))
  })
  app.get('/metrics', (res) => {
    let isGone = false
    res.onAborted(() => {
      isGone = true
    })
    metrics.text().then((text) => {
      if (isGone) return
      res.cork(() => {
        begin(res, counters, 200, { 'Content-Type': metrics.contentType })
        res.end(text)
      })
    }, ports.onError)
  })
  app.any('/*', (res, req) => {
    const fault = req.getMethod() === 'get' ? 'not_found' : 'method_not_allowed'
    sendFault(res, counters, fault)
  })
}
