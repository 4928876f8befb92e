/**
 * The real outlet: the sixth hop, where a lane's bytes meet a socket. @hot
 */
import type { WebSocket } from 'uWebSockets.js'
import {
  BUFFERED,
  DROPPED,
  NO_PROBE,
  type Outlet,
  SENT,
  type SendOutcome,
} from '../fanout/outlet.ts'
import type { Dialect } from '../protocol/dialect.ts'
import { closeCodeOf, type FaultName } from '../protocol/faults.ts'
import type { ProbeKind } from '../protocol/messages.ts'
import type { SessionCounters } from '../session/counters.ts'

/** Above what a lane may owe (fanout/flush.ts): lanes decide what is sent, uWebSockets.js never drops by itself. */
export const BACKPRESSURE_BYTES_MAX = 8 * 1024 * 1024

export const PROBE_BYTES = 4
/** The payload of the ping that is being sent: copied before the call returns. */
const payload = Buffer.alloc(PROBE_BYTES)
/** Of a dialect, all that a probe needs. */
type ProbeDialect = Pick<Dialect, 'encode' | 'isBinary'>

/** What sendBoth() sends where: a closure for each frame, or each connection, would be memory. */
const corked: {
  socket: WebSocket<unknown> | null
  bytes: Uint8Array
  isBinary: boolean
  /** The probe as a message; null: a ping with the payload. */
  probe: Uint8Array | null
  outcome: SendOutcome
} = {
  socket: null,
  bytes: new Uint8Array(0),
  isBinary: false,
  probe: null,
  outcome: SENT,
}

function sendBoth(): void {
  const socket = corked.socket!
  const { isBinary, probe } = corked
  corked.outcome = socket.send(corked.bytes, isBinary, false) as SendOutcome
  if (probe === null) socket.ping(payload)
  else if (corked.outcome !== DROPPED) {
    // Behind a frame that has just used up the limit it is dropped: a lane that owes as much is closed.
    corked.outcome = socket.send(probe, isBinary, false) as SendOutcome
  }
}

/** The number of the probe that a pong answers; NO_PROBE for a pong that is no answer. */
export function probeNumberOf(pong: ArrayBuffer): number {
  return pong.byteLength === PROBE_BYTES ? new DataView(pong).getUint32(0) : NO_PROBE
}

export class SocketOutlet implements Outlet {
  readonly address: string
  private readonly socket: WebSocket<unknown>
  private readonly dialect: ProbeDialect
  private readonly probes: ProbeKind
  private readonly counters: SessionCounters
  /** A closed socket throws at every touch. */
  private isOpen = true

  constructor(
    socket: WebSocket<unknown>,
    address: string,
    dialect: ProbeDialect,
    probes: ProbeKind,
    counters: SessionCounters,
  ) {
    this.socket = socket
    this.address = address
    this.dialect = dialect
    this.probes = probes
    this.counters = counters
  }

  send(bytes: Uint8Array, probe: number): SendOutcome {
    if (!this.isOpen) return DROPPED
    const { isBinary } = this.dialect
    if (probe === NO_PROBE) {
      return this.socket.send(bytes, isBinary, false) as SendOutcome // 0, 1 or 2: the same three
    }
    corked.probe = this.written(probe)
    // Corked, both leave in one system call.
    corked.socket = this.socket
    corked.bytes = bytes
    corked.isBinary = isBinary
    this.socket.cork(sendBoth)
    // Else it would keep the last one probed in memory.
    corked.socket = null
    if (corked.outcome === DROPPED) return DROPPED
    return this.socket.getBufferedAmount() > 0 ? BUFFERED : SENT
  }

  probe(number: number): void {
    if (!this.isOpen) return
    const probe = this.written(number)
    if (probe === null) this.socket.ping(payload)
    else this.socket.send(probe, this.dialect.isBinary, false)
  }

  backlogBytes(): number {
    return this.isOpen ? this.socket.getBufferedAmount() : 0
  }

  close(fault: FaultName): void {
    if (!this.isOpen) return
    this.counters.faults[fault]++
    const code = closeCodeOf(fault)
    // A close frame is queued behind the backlog; where that is over the limit, none can be sent any more.
    if (code === null || this.backlogBytes() > BACKPRESSURE_BYTES_MAX) this.socket.close()
    else this.socket.end(code, fault)
  }

  /** The probe as a message; or null, and it is the payload of a ping. */
  private written(number: number): Uint8Array | null {
    if (this.probes === 'message') return this.dialect.encode({ type: 'probe', number })
    payload.writeUInt32BE(number)
    return null
  }

  /** The socket is gone. */
  closed(): void {
    this.isOpen = false
  }
}
