/**
 * The HTTP API: last values for whoever wants them once, /api/v1/{channel} and /api/v1/{channel}/{key}.
 * Who may read a topic is asked before whether it is there.
 */
import type { HttpRequest, HttpResponse, TemplatedApp } from 'uWebSockets.js'
import { ANYBODY, hasExpired, type Identity, type Verifier } from '../access/identity.ts'
import type { Feed, FeedState } from '../market/feed.ts'
import type { Markets } from '../market/markets.ts'
import type { Topic } from '../market/topic.ts'
import { parseSelector } from '../market/topic-name.ts'
import { type FaultName, ProtocolError } from '../protocol/faults.ts'
import { isReadable, isRefusal, viewOf, viewsOf } from '../session/views.ts'
import { tokenOf } from './bearer.ts'
import type { TransportCounters } from './counters.ts'
import { sendList } from './list.ts'
import { sendFault, sendJson } from './respond.ts'

export interface ApiPorts {
  readonly markets: Markets
  readonly feed: Feed
  readonly counters: TransportCounters
  /** null: no tokens are needed. */
  readonly verifier: Verifier | null
  readonly tokenInQuery: boolean
  readonly nowMs: () => number
  /** Whether a client asks too often, which it has been told then. */
  readonly isTooSoon: (res: HttpResponse, req: HttpRequest) => boolean
}

/** Serves the API, and answers everything else on the port with a fault. */
export function serveApi(app: TemplatedApp, ports: ApiPorts): void {
  app.get('/api/v1/:channel', (res, req) => {
    if (ports.isTooSoon(res, req)) return
    const channel = req.getParameter(0) ?? ''
    const isName = parseSelector(`${channel}:*`) !== null
    if (!isName) return refuse(ports, res, 'bad_topic', `${channel}:`)
    identify(ports, res, req, (identity) => answerList(ports, res, channel, identity))
  })
  app.get('/api/v1/:channel/:key', (res, req) => {
    if (ports.isTooSoon(res, req)) return
    const name = `${req.getParameter(0)}:${decoded(req.getParameter(1) ?? '')}`
    const selector = parseSelector(name)
    if (selector === null || selector.key === null) return refuse(ports, res, 'bad_topic')
    identify(ports, res, req, (identity) => answerRecord(ports, res, name, identity))
  })
  app.any('/*', (res, req) => {
    if (ports.isTooSoon(res, req)) return
    refuse(ports, res, req.getMethod() === 'get' ? 'not_found' : 'method_not_allowed')
  })
}

/** Goes on with whose request it is, in this turn where no token has to be checked; or refuses it. */
function identify(
  ports: ApiPorts,
  res: HttpResponse,
  req: HttpRequest,
  goOn: (identity: Identity) => void,
): void {
  const { verifier, tokenInQuery } = ports
  if (verifier === null) return goOn(ANYBODY)
  let token: string | null
  try {
    token = tokenOf(req, tokenInQuery)
  } catch (error) {
    return refuseFor(ports, res, error)
  }
  if (token === null) return goOn(verifier.anonymous)
  let isAborted = false
  res.onAborted(() => {
    isAborted = true
  })
  verifier.verify(token).then(
    (identity) => isAborted || goOn(identity),
    (error: unknown) => isAborted || refuseFor(ports, res, error),
  )
}

function answerRecord(ports: ApiPorts, res: HttpResponse, name: string, identity: Identity): void {
  const view = viewOf(ports.markets, identity, name)
  if (isRefusal(view)) return refuse(ports, res, view.fault, view.detail)
  const topic = view.find(name)
  if (topic?.hasValue !== true) return refuse(ports, res, 'unknown_topic', name)
  sendJson(res, ports.counters, 200, recordOf(ports, topic, ports.feed.state))
}

function answerList(ports: ApiPorts, res: HttpResponse, channel: string, identity: Identity): void {
  const views = viewsOf(ports.markets, identity, channel)
  if (isRefusal(views)) return refuse(ports, res, views.fault, views.detail)
  const lists = views.map((view) => view.channel(channel))
  const text = (topic: Topic) => textOf(ports, topic, identity)
  const mayRead = () => !hasExpired(identity, ports.nowMs())
  sendList(res, ports.counters, ports.feed.state, lists, text, mayRead)
}

/** A record of a list; null where it is read in another view, or not at all. */
function textOf(ports: ApiPorts, topic: Topic, identity: Identity): string | null {
  const isLeftOut = identity !== ANYBODY && !isReadable(ports.markets, identity, topic)
  return isLeftOut ? null : JSON.stringify(recordOf(ports, topic))
}

function refuse(ports: ApiPorts, res: HttpResponse, fault: FaultName, detail?: string): void {
  sendFault(res, ports.counters, fault, detail)
}

function refuseFor(ports: ApiPorts, res: HttpResponse, error: unknown): void {
  if (!(error instanceof ProtocolError)) throw error
  refuse(ports, res, error.fault, error.detail)
}

/** What is undefined is left out: `feed` in lists, which say it once, and the delay of what has none. */
function recordOf({ nowMs }: ApiPorts, topic: Topic, feed?: FeedState): object {
  const ageMs = Math.max(0, nowMs() - topic.asOfMs)
  return {
    topic: topic.name,
    seq: topic.version,
    ageMs: Number.isNaN(ageMs) ? null : Math.round(ageMs),
    feed,
    delayedMs: topic.delayMs > 0 ? topic.delayMs : undefined,
    data: topic.fields,
  }
}

/** A path segment as the client meant it; as it stands where its escapes are broken. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
