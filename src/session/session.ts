/**
 * Session: one client's life: it is greeted, its requests are answered, and its subscriptions end with it.
 */

import type { Identity } from '../access/identity.ts'
import { Credit, type CreditSettings } from '../fanout/credit.ts'
import type { Flush } from '../fanout/flush.ts'
import { Lane } from '../fanout/lane.ts'
import type { Outlet } from '../fanout/outlet.ts'
import type { Registry } from '../fanout/registry.ts'
import type { Feed } from '../market/feed.ts'
import type { Markets } from '../market/markets.ts'
import type { Dialect } from '../protocol/dialect.ts'
import { type FaultName, faultBody, ProtocolError } from '../protocol/faults.ts'
import {
  type Limits,
  type Message,
  PROTOCOL,
  type ProbeKind,
  type RequestId,
  type Result,
} from '../protocol/messages.ts'
import { ACK_BYTES_MAX, parseRequest, type Request, requestIdOf } from '../protocol/requests.ts'
import { Allowance, TOPICS_PER_S, type Verdict } from './allowance.ts'
import { type AuthClient, Authentication, type AuthHost } from './authentication.ts'
import type { SessionCounters } from './counters.ts'
import { HeldFrames } from './held-frames.ts'
import { reconsidered } from './reconsider.ts'
import { listed, subscribed, unsubscribed } from './subscriptions.ts'
import { topicsLookedAt } from './work.ts'

/** So many malformed requests in a row, and it is no client of ours. */
export const BAD_REQUESTS_MAX = 10

/** What all sessions of a server share. */
export interface SessionHost extends AuthHost {
  readonly server: string
  readonly source: string
  readonly limits: Limits
  readonly heartbeatMs: number
  readonly markets: Markets
  readonly feed: Feed
  readonly registry: Registry
  readonly flush: Flush
  /** null: lanes have no credit, and are held by their sockets alone. */
  readonly credit: CreditSettings | null
  readonly counters: SessionCounters
  /** The wall clock, ms since the epoch. */
  readonly nowMs: () => number
}

export class Session implements AuthClient {
  readonly lane: Lane
  private readonly host: SessionHost
  private readonly probes: ProbeKind
  private readonly allowance: Allowance
  private readonly authentication: Authentication
  /** What came while a token is being checked; most connections never need it. */
  private held: HeldFrames | null = null
  private badRequests = 0

  /** The outlet writes probes of the same kind. */
  constructor(host: SessionHost, outlet: Outlet, dialect: Dialect, probes: ProbeKind) {
    this.host = host
    this.probes = probes
    const nowMs = host.flush.nowMs()
    const credit = host.credit === null ? null : new Credit(host.credit, nowMs)
    this.lane = new Lane(outlet, dialect, credit, nowMs)
    this.allowance = new Allowance(host.limits, nowMs)
    this.authentication = new Authentication(host, this, nowMs)
  }

  /** Greets the client; one that came with a token once that has been found good: what it sends is held until then. */
  open(token: string | null = null): void {
    if (token === null) this.greet()
    else void this.authentication.checkFirst(token)
  }

  /** Greets the client. From here on it has a lane, and whatever all are told comes behind the greeting. */
  greet(): void {
    const { server, source, feed, heartbeatMs, limits, registry } = this.host
    registry.add(this.lane)
    if (!this.authentication.begin()) return this.close('too_many_connections')
    this.reply({
      type: 'hello',
      protocol: PROTOCOL,
      server,
      source,
      feed: feed.state,
      heartbeatMs,
      probe: this.probes,
      auth: this.authentication.state,
      limits,
    })
  }

  /** One frame from the client. The bytes are not kept. */
  receive(bytes: Uint8Array, isBinary: boolean): void {
    // What answers a probe costs nothing, so it is looked for before anything is spent.
    if (this.acknowledges(bytes, isBinary)) return
    const { host } = this
    if (bytes.length > host.limits.requestBytes) return this.close('request_too_large')
    const verdict = this.allowance.take(bytes.length, host.flush.nowMs())
    if (verdict === 'flood') return this.close('too_many_requests')
    if (!this.authentication.isChecking) return this.handle(bytes, isBinary, verdict)
    this.held ??= new HeldFrames(host.limits.requestBytes)
    if (!this.held.add({ bytes, isBinary, verdict })) this.close('too_many_requests')
  }

  /** A frame's turn has come. */
  private handle(bytes: Uint8Array, isBinary: boolean, verdict: Verdict): void {
    const { lane } = this
    let id: RequestId = null
    try {
      if (isBinary !== lane.dialect.isBinary) throw this.wrongFrame()
      const value = lane.dialect.decodeRequest(bytes)
      id = requestIdOf(value)
      if (verdict === 'refused') throw this.allowance.refusal()
      const answer = this.answer(this.affordable(parseRequest(value)))
      if (answer !== null) this.reply(answer)
      this.badRequests = 0
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.refuse(id, error)
    }
  }

  /** Takes up what was held. */
  resume(): void {
    while (!this.authentication.isChecking) {
      const frame = this.held?.take() ?? null
      if (frame === null) {
        this.held = null
        return
      }
      this.handle(frame.bytes, frame.isBinary, frame.verdict)
    }
  }

  /** Has the subscriptions follow the identity of now; returns the outcome of each that this changes. */
  reconsider(before: Identity): Result['topics'] {
    const { identity } = this.authentication
    // Most tokens are refreshed by others that say the same, and share what is made of it.
    if (identity.entitlements === before.entitlements) return []
    return reconsidered(this.host, this.lane, before, identity)
  }

  /** A pong came: the answer to a probe, or one that nobody asked for, which costs allowance. */
  answered(probe: number, bytes: number): void {
    const { counters, flush } = this.host
    if (this.probes === 'ping' && flush.answered(this.lane, probe)) return
    counters.unaskedPongs++
    if (this.allowance.take(bytes, flush.nowMs()) === 'flood') this.close('too_many_requests')
  }

  /** A ping came, and was answered before anybody was asked. Returns the fault to close for, or null. */
  pinged(bytes: number): FaultName | null {
    const { flush } = this.host
    if (flush.owesTooMuch(this.lane)) return 'slow_reader'
    return this.allowance.take(bytes, flush.nowMs()) === 'flood' ? 'too_many_requests' : null
  }

  /** The connection is gone. */
  end(): void {
    this.authentication.end()
    this.held = null
    this.host.registry.remove(this.lane)
  }

  /** Whether the frame is an ack of a probe on its way, which is thereby answered. */
  private acknowledges(bytes: Uint8Array, isBinary: boolean): boolean {
    const { host, lane, probes } = this
    if (probes !== 'message' || bytes.length > ACK_BYTES_MAX) return false
    if (isBinary !== lane.dialect.isBinary) return false
    try {
      const request = parseRequest(lane.dialect.decodeRequest(bytes))
      if (request.method !== 'ack' || !host.flush.answered(lane, request.number)) return false
    } catch (error) {
      // Whatever is wrong with it is told when it is taken as any other request.
      if (error instanceof ProtocolError) return false
      throw error
    }
    host.counters.requests.ack++
    this.badRequests = 0
    return true
  }

  /** Spends what a request has looked at. Throws ProtocolError where that is too much. */
  private affordable(request: Request): Request {
    const { host, lane, allowance, authentication } = this
    const topics = topicsLookedAt(host.markets, lane, authentication.identity, request)
    if (allowance.look(topics)) return request
    const detail = `whole channels, of ${TOPICS_PER_S} topics a second`
    throw new ProtocolError('too_many_requests', detail)
  }

  private answer(request: Request): Message | null {
    const { host, lane } = this
    const { identity } = this.authentication
    host.counters.requests[request.method]++
    const { id } = request
    switch (request.method) {
      case 'subscribe':
        return { type: 'result', id, topics: subscribed(host, lane, identity, request) }
      case 'unsubscribe':
        return { type: 'result', id, topics: unsubscribed(host, lane, identity, request.topics) }
      case 'list':
        return { type: 'result', id, topics: listed(host, lane, identity) }
      case 'ping':
        return { type: 'pong', id, at: host.nowMs() }
      case 'auth':
        if (host.verifier === null) return { type: 'result', id, topics: [] }
        void this.authentication.check(id, request.token)
        return null
      case 'ack':
        host.counters.unaskedAcks++
        return null
    }
  }

  /** Answers a request with a fault. */
  refuse(id: RequestId, error: ProtocolError): void {
    this.host.counters.faults[error.fault]++
    this.reply({ type: 'error', id, ...faultBody(error.fault, error.detail) })
    if (error.fault !== 'bad_request') return
    if (++this.badRequests >= BAD_REQUESTS_MAX) this.close('bad_requests')
  }

  reply(message: Message): void {
    this.host.flush.reply(this.lane, this.lane.dialect.encode(message))
  }

  close(fault: FaultName): void {
    this.held = null
    this.lane.outlet.close(fault)
  }

  private wrongFrame(): ProtocolError {
    const { name, isBinary } = this.lane.dialect
    const kind = isBinary ? 'binary' : 'text'
    return new ProtocolError('bad_request', `the ${name} dialect travels in ${kind} frames`)
  }
}
