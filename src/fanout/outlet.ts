/**
 * Outlet: what a lane needs of a socket. transport/outlet.ts has the real one; the tests' own keep the same contract
 * (test/contract/outlet.ts).
 */
import type { FaultName } from '../protocol/faults.ts'

/** On its way: nothing waits in this process. */
export const SENT = 1
/** Accepted, but some of it waits in this process until the socket can be written again. */
export const BUFFERED = 0
/** Not accepted: too much waits already, or the socket is gone. */
export const DROPPED = 2
export type SendOutcome = typeof SENT | typeof BUFFERED | typeof DROPPED

/** In place of a probe's number: no probe. */
export const NO_PROBE = 0

export interface Outlet {
  /** The peer's address, for people. */
  readonly address: string
  /**
   * Sends one frame, and behind it a probe unless `probe` is NO_PROBE. MUST have copied the bytes when it returns.
   * After close() it MUST answer DROPPED. @hot
   */
  send(bytes: Uint8Array, probe: number): SendOutcome
  /** Sends a probe by itself, a ping or a message: the peer answers it when it has read everything before. */
  probe(number: number): void
  /** Bytes accepted that still wait in this process; the kernel's own buffers are not counted. */
  backlogBytes(): number
  /** Ends the connection with the fault's close code. MAY be repeated. */
  close(fault: FaultName): void
}
