/**
 * The HTTP API: last values for whoever wants them once, /api/v1/{channel} and /api/v1/{channel}/{key}.
 */
import type { HttpResponse, TemplatedApp } from 'uWebSockets.js'
import type { Feed, FeedState } from '../market/feed.ts'
import type { Market } from '../market/market.ts'
import type { Topic } from '../market/topic.ts'
import { parseSelector } from '../market/topic-name.ts'
import type { FaultName } from '../protocol/faults.ts'
import type { SessionCounters } from '../session/counters.ts'
import type { TransportCounters } from './counters.ts'
import { begin, sendFault, sendJson } from './respond.ts'

/** Records written in one turn of the event loop: a list of 100,000 must not make the prices wait. */
const RECORDS_A_TURN = 500

export interface ApiPorts {
  readonly market: Market
  readonly feed: Feed
  readonly counters: TransportCounters
  readonly session: SessionCounters
  readonly nowMs: () => number
}

/** Serves the API, and answers everything else on the port with a fault. */
export function serveApi(app: TemplatedApp, ports: ApiPorts): void {
  const { market, feed, counters } = ports
  app.get('/api/v1/:channel', (res, req) => {
    const channel = req.getParameter(0) ?? ''
    if (parseSelector(`${channel}:*`) === null)
      return refuse(ports, res, 'bad_topic', `${channel}:`)
    sendRecords(ports, res, market.channel(channel))
  })
  app.get('/api/v1/:channel/:key', (res, req) => {
    const name = `${req.getParameter(0)}:${decoded(req.getParameter(1) ?? '')}`
    const selector = parseSelector(name)
    if (selector === null || selector.key === null) return refuse(ports, res, 'bad_topic')
    const topic = market.find(name)
    if (topic?.hasValue !== true) return refuse(ports, res, 'unknown_topic', name)
    sendJson(res, counters, 200, recordOf(ports, topic, feed.state))
  })
  app.any('/*', (res, req) => {
    refuse(ports, res, req.getMethod() === 'get' ? 'not_found' : 'method_not_allowed')
  })
}

function refuse(ports: ApiPorts, res: HttpResponse, fault: FaultName, detail?: string): void {
  ports.session.faults[fault]++
  sendFault(res, ports.counters, fault, detail)
}

/** `feed` is left out (undefined) in lists, which say it once. */
function recordOf({ nowMs }: ApiPorts, topic: Topic, feed?: FeedState): object {
  const ageMs = Math.max(0, nowMs() - topic.asOfMs)
  return {
    topic: topic.name,
    seq: topic.version,
    ageMs: Number.isNaN(ageMs) ? null : Math.round(ageMs),
    feed,
    data: topic.fields,
  }
}

/** Lists that have a piece to write. One piece a turn in all: two hundred lists at once must not stop the prices. */
const waiting: (() => void)[] = []

let isTurnPlanned = false

function takeTurn(write: () => void): void {
  waiting.push(write)
  if (!isTurnPlanned) setImmediate(nextTurn)
  isTurnPlanned = true
}

function nextTurn(): void {
  waiting.shift()?.()
  isTurnPlanned = waiting.length > 0
  if (isTurnPlanned) setImmediate(nextTurn)
}

/** Writes `{"feed":...,"records":[...]}` piece by piece, as far as the client reads it. */
function sendRecords(ports: ApiPorts, res: HttpResponse, topics: readonly Topic[]): void {
  let isOver = false
  let next = 0
  res.onAborted(() => {
    isOver = true
  })
  const more = (): boolean => {
    if (isOver) return true
    let hasRoom = true
    res.cork(() => {
      if (next === 0) {
        begin(res, ports.counters, 200, { 'Content-Type': 'application/json' })
        res.write(`{"feed":${JSON.stringify(ports.feed.state)},"records":[`)
      }
      const piece = topics.slice(next, next + RECORDS_A_TURN)
      const text = piece.map((topic) => JSON.stringify(recordOf(ports, topic))).join(',')
      const comma = next > 0 && piece.length > 0 ? ',' : ''
      next += RECORDS_A_TURN
      isOver = next >= topics.length
      if (isOver) res.end(`${comma}${text}]}\n`)
      else hasRoom = res.write(comma + text)
    })
    if (!isOver && hasRoom) takeTurn(more)
    return hasRoom
  }
  res.onWritable(() => more())
  takeTurn(more)
}

/** A path segment as the client meant it; as it stands where its escapes are broken. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
