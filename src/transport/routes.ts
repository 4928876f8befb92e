/**
 * Routes: what is served on the port for clients, WebSocket connections, the live page and the HTTP API, on each app
 * that listens there. What counts clients is one for all apps.
 */
import type { TemplatedApp } from 'uWebSockets.js'
import { randomBytes } from 'node:crypto'
import type { AccessCounters } from '../access/counters.ts'
import type { Verifier } from '../access/identity.ts'
import type { CreditSettings } from '../fanout/credit.ts'
import type { Flush } from '../fanout/flush.ts'
import type { Registry } from '../fanout/registry.ts'
import type { Feed } from '../market/feed.ts'
import type { Markets } from '../market/markets.ts'
import type { SessionCounters } from '../session/counters.ts'
import { Deadlines } from '../session/deadlines.ts'
import { Roster } from '../session/roster.ts'
import type { SessionHost } from '../session/session.ts'
import { Addresses } from './addresses.ts'
import { Admission } from './admission.ts'
import { serveApi } from './api.ts'
import type { TransportCounters } from './counters.ts'
import { Origins } from './origins.ts'
import { PAGE_FOLDER, type PageFile, readPage, servePage } from './page.ts'
import { rateLimit } from './rate-limit.ts'
import { serveWebSocket } from './websocket.ts'

/** Of the settings those that are read here, by their own names. */
export interface RouteSettings {
  readonly maxConnections: number
  readonly maxConnectionsPerAddress: number
  readonly acceptsPerS: number
  readonly admission: 'refuse' | 'close'
  readonly trustedHops: number
  readonly proxyProtocol: boolean
  readonly allowedOrigins: readonly string[]
  readonly tokenInQuery: boolean
  readonly httpRequestsPerS: number
  readonly maxSubscriptions: number
  readonly requestBytesMax: number
  readonly requestsPerS: number
  readonly requestsBurst: number
  readonly requestBytesPerS: number
  readonly authTimeoutMs: number
  readonly authNoticeMs: number
  readonly maxConnectionsPerIdentity: number
  readonly heartbeatMs: number
  readonly laneDelayMs: number
  readonly laneWindowBytesMin: number
  readonly laneWindowBytesMax: number
  readonly laneTimeoutMs: number
  readonly demo: boolean
}

export interface RoutePorts {
  /** The name of the feed's source, for greetings. */
  readonly source: string
  readonly markets: Markets
  readonly feed: Feed
  readonly registry: Registry
  readonly flush: Flush
  readonly sessions: SessionCounters
  readonly transport: TransportCounters
  /** null: no tokens are needed. */
  readonly verifier: Verifier | null
  readonly access: AccessCounters
  /** The wall clock, ms since the epoch. */
  readonly nowMs: () => number
  readonly isDraining: () => boolean
  /** Tells an operator what is not as the settings want it. */
  readonly warn: (text: string) => void
}

export class Routes {
  private readonly settings: RouteSettings
  private readonly ports: RoutePorts
  private readonly host: SessionHost
  private readonly addresses: Addresses
  private readonly origins: Origins
  private readonly admission: Admission
  private readonly isTooSoon: ReturnType<typeof rateLimit>
  private readonly page: readonly PageFile[]

  constructor(settings: RouteSettings, ports: RoutePorts) {
    const { flush, transport: counters } = ports
    this.settings = settings
    this.ports = ports
    this.host = hostOf(settings, ports)
    this.addresses = new Addresses(settings, counters)
    this.origins = new Origins(settings.allowedOrigins)
    this.admission = new Admission(settings, flush.nowMs())
    const perS = settings.httpRequestsPerS
    this.isTooSoon = rateLimit(perS, this.addresses, counters, () => flush.nowMs())
    this.page = settings.demo ? pageOf(ports) : []
  }

  /** Has an app serve everything. */
  serve(app: TemplatedApp): void {
    const { host, addresses, origins, admission, isTooSoon, page } = this
    const { markets, feed, transport: counters, verifier, isDraining, nowMs } = this.ports
    const { laneTimeoutMs, tokenInQuery, admission: way } = this.settings
    serveWebSocket(app, {
      host,
      counters,
      addresses,
      origins,
      admission,
      closesRefused: way === 'close',
      tokenInQuery,
      laneTimeoutMs,
      isDraining,
    })
    servePage(app, page, counters)
    serveApi(app, { markets, feed, counters, verifier, tokenInQuery, nowMs, isTooSoon })
  }

  /** Sends those away whose token is still being checked: they have nothing yet, and will find another server. */
  turnBack(): void {
    for (const client of [...this.host.arrivals]) client.close('restart')
  }

  /** Tells those whose token ends, and closes those whose has, or who owe one. Call it once a second. */
  review(): void {
    this.host.deadlines.sweep(this.host.flush.nowMs(), this.ports.nowMs())
  }
}

/** What all sessions share. */
function hostOf(settings: RouteSettings, ports: RoutePorts): SessionHost {
  const { source, markets, feed, registry, flush, sessions, nowMs } = ports
  const { verifier, access } = ports
  return {
    server: randomBytes(4).toString('hex'),
    source,
    limits: {
      subscriptions: settings.maxSubscriptions,
      requestBytes: settings.requestBytesMax,
      requestsPerS: settings.requestsPerS,
      requestsBurst: settings.requestsBurst,
      requestBytesPerS: settings.requestBytesPerS,
      authTimeoutMs: settings.authTimeoutMs,
    },
    heartbeatMs: settings.heartbeatMs,
    markets,
    feed,
    registry,
    flush,
    credit: creditOf(settings),
    counters: sessions,
    verifier,
    deadlines: new Deadlines(),
    arrivals: new Set(),
    access,
    roster: new Roster(settings.maxConnectionsPerIdentity),
    authNoticeMs: settings.authNoticeMs,
    nowMs,
  }
}

function pageOf({ warn }: RoutePorts): readonly PageFile[] {
  const page = readPage(PAGE_FOLDER)
  if (page === null) warn('no live page in this build: / is not served')
  return page ?? []
}

/** Without a bound on delay there is nothing to measure for. */
function creditOf(settings: RouteSettings): CreditSettings | null {
  const { laneDelayMs, laneWindowBytesMin, laneWindowBytesMax } = settings
  if (laneDelayMs === 0) return null
  return { laneDelayMs, windowBytesMin: laneWindowBytesMin, windowBytesMax: laneWindowBytesMax }
}
