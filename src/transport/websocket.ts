/**
 * WebSocket: connections between uWebSockets.js and sessions.
 * Frames are never sent from the drain handler, where this build stalls on sends of 16 KiB and more: the flush sends
 * them, in a later phase of the turn. Compression is off: it would be done once per client.
 */
import type { TemplatedApp } from 'uWebSockets.js'
import { closeCodeOf } from '../protocol/faults.ts'
import { Session } from '../session/session.ts'
import { count } from './counters.ts'
import { type HandshakePorts, Handshakes, type Peer } from './handshake.ts'
import { BACKPRESSURE_BYTES_MAX, probeNumberOf, SocketOutlet } from './outlet.ts'
import { sendFault } from './respond.ts'

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
export interface WebSocketPorts extends HandshakePorts {
  readonly laneTimeoutMs: number
}

/** Serves WebSocket connections at /ws. */
export function serveWebSocket(app: TemplatedApp, ports: WebSocketPorts): void {
  const { host, counters, laneTimeoutMs } = ports
  const handshakes = new Handshakes(ports, host.flush.nowMs())
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

    upgrade: (res, req, context) => handshakes.answer(res, req, context),

    open(ws) {
      const peer = ws.getUserData()
      counters.upgraded++
      if (peer.farewell !== null) {
        ws.end(closeCodeOf(peer.farewell) ?? undefined, peer.farewell)
        return
      }
      counters.opened++
      counters.connections++
      const { dialect, probes, address, token } = peer
      peer.token = null
      peer.outlet = new SocketOutlet(ws, address, dialect, probes, host.counters)
      peer.session = new Session(host, peer.outlet, dialect, probes)
      peer.session.open(token)
    },

    message(ws, message, isBinary) {
      ws.getUserData().session!.receive(new Uint8Array(message), isBinary)
    },

    drain(ws) {
      host.flush.drained(ws.getUserData().session!.lane)
    },

    ping(ws, message) {
      const { session, outlet } = ws.getUserData()
      const fault = session!.pinged(message.byteLength)
      // Closing is known to be safe in the message and pong handlers; here it waits until they are all through.
      if (fault !== null) setImmediate(() => outlet!.close(fault))
    },

    pong(ws, message) {
      ws.getUserData().session!.answered(probeNumberOf(message), message.byteLength)
    },

    close(ws, code) {
      const { outlet, session, address, farewell } = ws.getUserData()
      // It was never counted as a connection.
      if (farewell !== null) return
      counters.connections--
      handshakes.left(address)
      count(counters.closed, isListed(code) ? code : 'other')
      outlet!.closed()
      session!.end()
    },
  })
  app.get('/ws', (res) => {
    const headers = { Upgrade: 'websocket' }
    sendFault(res, counters, 'upgrade_required', 'connect to it as ws://', { headers })
  })
}

/** Clients choose their close codes freely: only those that a specification lists, or we do, become labels. */
function isListed(code: number): boolean {
  return (code >= 1000 && code <= 1015) || (code >= 4000 && code <= 4599)
}
