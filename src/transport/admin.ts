/**
 * The admin port: for orchestrators and metrics, not for the public.
 */
import type { HttpResponse, TemplatedApp } from 'uWebSockets.js'
import type { LanesReport } from '../fanout/report.ts'
import { type ProfilePorts, serveProfiles } from './profiles.ts'
import { begin, sendFault, sendJson } from './respond.ts'

/** Whether new clients should be sent here. */
export interface Readiness {
  readonly ready: boolean
  /** What is not as it should be. */
  readonly reasons: readonly string[]
  /** For whoever reads /readyz by eye. */
  readonly figures: { readonly feed: string; readonly topics: number; readonly connections: number }
}

export interface AdminPorts extends ProfilePorts {
  readonly readiness: () => Promise<Readiness>
  /** The slowest lanes, at most so many. */
  readonly lanes: (top: number) => Promise<LanesReport>
  readonly metrics: { readonly contentType: string; text(): Promise<string> }
}

const LANES_DEFAULT = 20
const LANES_MAX = 1_000

/** Serves /profile/* where that is switched on, /livez (this event loop turns), /readyz (new clients are welcome), /lanes?top=N and /metrics. */
export function serveAdmin(app: TemplatedApp, ports: AdminPorts): void {
  const { counters, metrics, onError } = ports
  serveProfiles(app, ports)
  app.get('/livez', (res) => sendJson(res, counters, 200, { live: true }))
  app.get('/readyz', (res) => {
    whenThere(res, ports.readiness(), onError, ({ ready, reasons, figures }) => {
      sendJson(res, counters, ready ? 200 : 503, { ready, reasons, ...figures })
    })
  })
  app.get('/lanes', (res, req) => {
    const text = (req.getQuery() && req.getQuery('top')) || `${LANES_DEFAULT}`
    const top = /^\d{1,4}$/.test(text) ? Number(text) : 0
    if (top < 1 || top > LANES_MAX) {
      sendFault(res, counters, 'bad_request', `top must be 1 to ${LANES_MAX}`)
    } else {
      whenThere(res, ports.lanes(top), onError, (lanes) => sendJson(res, counters, 200, lanes))
    }
  })
  app.get('/metrics', (res) => {
    whenThere(res, metrics.text(), onError, (text) => {
      res.cork(() => {
        begin(res, counters, 200, { 'Content-Type': metrics.contentType })
        res.end(text)
      })
    })
  })
  app.any('/*', (res, req) => {
    const fault = req.getMethod() === 'get' ? 'not_found' : 'method_not_allowed'
    sendFault(res, counters, fault)
  })
}

/** Answers once the value is there, unless the caller has gone by then. What cannot be had closes the connection. */
function whenThere<T>(
  res: HttpResponse,
  value: Promise<T>,
  onError: (error: unknown) => void,
  answer: (value: T) => void,
): void {
  let isGone = false
  res.onAborted(() => {
    isGone = true
  })
  value
    .then((it) => {
      if (!isGone) answer(it)
    })
    .catch((error: unknown) => {
      onError(error)
      if (!isGone) res.close()
    })
}
