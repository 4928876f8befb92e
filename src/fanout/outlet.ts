/**
 * Outlet: what a lane needs of a socket. transport/websocket.ts has the real one; the tests' own keeps the same
 * contract (test/contract/outlet.ts).
 */
import type { FaultName } from '../protocol/faults.ts'

/** On its way: nothing waits in this process. */
export const SENT = 1
/** Accepted, but some of it waits in this process until the socket can be written again. */
export const BUFFERED = 0
/** Not accepted: too much waits already. */
export const DROPPED = 2
export type SendOutcome = typeof SENT | typeof BUFFERED | typeof DROPPED

export interface Outlet {
  /** Sends one frame. MUST have copied the bytes when it returns. MUST NOT be called after close(). @hot */
  send(bytes: Uint8Array): SendOutcome
  /** Bytes accepted that still wait in this process; the kernel's own buffers are not counted. */
  backlogBytes(): number
  /** Ends the connection with the fault's close code. MAY be repeated. */
  close(fault: FaultName): void
}
