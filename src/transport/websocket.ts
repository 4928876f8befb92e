/**
 * WebSocket: handshakes, and connections between uWebSockets.js and sessions.
 * Frames are never sent from the drain handler, where this build stalls on sends of 16 KiB and more: the flush sends
 * them, in a later phase of the turn. Compression is off: it would be done once per client.
 */
import type { HttpRequest, HttpResponse, TemplatedApp, us_socket_context_t } from 'uWebSockets.js'
import { ANYBODY, type Identity } from '../access/identity.ts'
import type { Dialect } from '../protocol/dialect.ts'
import type { FaultName } from '../protocol/faults.ts'
import type { ProbeKind } from '../protocol/messages.ts'
import { Session, type SessionHost } from '../session/session.ts'
import { count, type TransportCounters } from './counters.ts'
import { negotiate, probeKind } from './negotiate.ts'
import { BACKPRESSURE_BYTES_MAX, probeNumberOf, SocketOutlet } from './outlet.ts'
import { type Headers, sendFault } from './respond.ts'

/** Twice the largest request that can be set: what lies between is closed with a code, what is beyond is cut off. */
const PAYLOAD_BYTES_MAX = 2 * 1024 * 1024
/**
 * The last resort against dead connections, and against closed ones whose peer never reads the close frame. Probes go
 * out with every heartbeat, so a client that reads is never silent for so long.
 */
const IDLE_TIMEOUT_S_MIN = 120
/** Later than the reaper, which has a close code for it. */
const IDLE_MARGIN_S = 30
/** The build's types know DISABLED only as a type. */
const NO_COMPRESSION = 0
/** When a client that found no room may come back. */
const RETRY_AFTER: Headers = { 'Retry-After': '5' }

export interface WebSocketPorts {
  readonly host: SessionHost
  readonly counters: TransportCounters
  readonly connectionsMax: number
  readonly laneTimeoutMs: number
  readonly isDraining: () => boolean
}

/** What a socket carries; uWebSockets.js copies the fields onto the socket. */
interface Peer {
  readonly dialect: Dialect
  readonly probes: ProbeKind
  readonly address: string
  readonly identity: Identity
  session: Session | null
  outlet: SocketOutlet | null
}

/** Serves WebSocket connections at /ws. */
export function serveWebSocket(app: TemplatedApp, ports: WebSocketPorts): void {
  const { host, counters, laneTimeoutMs } = ports
  app.ws<Peer>('/ws', {
    maxPayloadLength: PAYLOAD_BYTES_MAX,
    maxBackpressure: BACKPRESSURE_BYTES_MAX,
    closeOnBackpressureLimit: false,
    idleTimeout: Math.max(IDLE_TIMEOUT_S_MIN, Math.ceil(laneTimeoutMs / 1_000) + IDLE_MARGIN_S),
    // Lanes with credit send pings of their own, and could not tell the answers to these from pongs of nobody's asking.
    // Those without need these: a client that only listens would be cut off at the timeout.
    sendPingsAutomatically: host.credit === null,
    maxLifetime: 0,
    compression: NO_COMPRESSION,

    upgrade: (res, req, context) => upgrade(ports, res, req, context),

    open(ws) {
      counters.opened++
      counters.connections++
      const peer = ws.getUserData()
      const { dialect, probes, address, identity } = peer
      peer.outlet = new SocketOutlet(ws, address, dialect, probes, host.counters)
      peer.session = new Session(host, peer.outlet, dialect, probes, identity)
      peer.session.open()
    },

    message(ws, message, isBinary) {
      ws.getUserData().session!.receive(new Uint8Array(message), isBinary)
    },

    drain(ws) {
      host.flush.drained(ws.getUserData().session!.lane)
    },

    ping(ws) {
      const { session, outlet } = ws.getUserData()
      const fault = session!.pinged()
      // Closing is known to be safe in the message and pong handlers; here it waits until they are all through.
      if (fault !== null) setImmediate(() => outlet!.close(fault))
    },

    pong(ws, message) {
      ws.getUserData().session!.answered(probeNumberOf(message))
    },

    close(ws, code) {
      counters.connections--
      count(counters.closed, isListed(code) ? code : 'other')
      const { outlet, session } = ws.getUserData()
      outlet!.closed()
      session!.end()
    },
  })
  app.get('/ws', (res) => {
    sendFault(res, counters, 'upgrade_required', 'connect to it as ws://', { Upgrade: 'websocket' })
  })
}

function upgrade(
  ports: WebSocketPorts,
  res: HttpResponse,
  req: HttpRequest,
  context: us_socket_context_t,
): void {
  const { counters, connectionsMax } = ports
  if (ports.isDraining()) return refuse(ports, res, 'restart', undefined, RETRY_AFTER)
  if (counters.connections >= connectionsMax) {
    return refuse(ports, res, 'server_full', `${connectionsMax} are here`, RETRY_AFTER)
  }
  const query = req.getQuery() ? req.getQuery('dialect') : undefined
  const choice = negotiate(req.getHeader('sec-websocket-protocol'), query)
  if ('refusal' in choice) return refuse(ports, res, 'unknown_dialect', choice.refusal)
  const asked = probeKind(req.getQuery() ? req.getQuery('probe') : undefined)
  if (typeof asked === 'object') return refuse(ports, res, 'unknown_probe', asked.refusal)
  // Without credit nothing is probed but by uWebSockets.js itself.
  const probes = ports.host.credit === null ? 'ping' : asked
  const address = Buffer.from(res.getRemoteAddressAsText()).toString()
  const { dialect } = choice
  const identity = ports.host.verifier?.anonymous ?? ANYBODY
  const peer: Peer = { dialect, probes, address, identity, session: null, outlet: null }
  const key = req.getHeader('sec-websocket-key')
  const extensions = req.getHeader('sec-websocket-extensions')
  res.upgrade(peer, key, choice.subprotocol ?? '', extensions, context)
}

function refuse(
  { counters, host }: WebSocketPorts,
  res: HttpResponse,
  fault: FaultName,
  detail?: string,
  headers?: Headers,
): void {
  count(counters.refused, fault)
  host.counters.faults[fault]++
  sendFault(res, counters, fault, detail, headers)
}

/** Clients choose their close codes freely: only those that a specification lists, or we do, become labels. */
function isListed(code: number): boolean {
  return (code >= 1000 && code <= 1015) || (code >= 4000 && code <= 4599)
}
