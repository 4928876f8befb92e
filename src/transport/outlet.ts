/**
 * The real outlet: the sixth hop, where a lane's bytes meet a socket. @hot
 */
import type { WebSocket } from 'uWebSockets.js'
import { DROPPED, type Outlet, type SendOutcome } from '../fanout/outlet.ts'
import { closeCodeOf, type FaultName } from '../protocol/faults.ts'
import type { SessionCounters } from '../session/counters.ts'

/** Above what a lane may owe (fanout/flush.ts): lanes decide what is sent, uWebSockets.js never drops by itself. */
export const BACKPRESSURE_BYTES_MAX = 8 * 1024 * 1024

export class SocketOutlet implements Outlet {
  private readonly socket: WebSocket<unknown>
  private readonly isBinary: boolean
  private readonly counters: SessionCounters
  /** A closed socket throws at every touch. */
  private isOpen = true

  constructor(socket: WebSocket<unknown>, isBinary: boolean, counters: SessionCounters) {
    this.socket = socket
    this.isBinary = isBinary
    this.counters = counters
  }

  send(bytes: Uint8Array): SendOutcome {
    if (!this.isOpen) return DROPPED
    return this.socket.send(bytes, this.isBinary, false) as SendOutcome // 0, 1 or 2: the same three
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

  /** The socket is gone. */
  closed(): void {
    this.isOpen = false
  }
}
