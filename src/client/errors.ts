/**
 * Errors: what the client tells of, and what it throws.
 */
import { FAULTS, type FaultBody, type FaultName } from '../protocol/faults.ts'

/** Thrown for what the caller got wrong, and by an iteration that the server has ended for good. */
export class TickwireClientError extends Error {
  override readonly name = 'TickwireClientError'
  /** The server's fault, where there is one. */
  readonly fault: FaultName | null

  constructor(message: string, fault: FaultName | null = null) {
    super(message)
    this.fault = fault
  }
}

/** The client's own faults, beside the server's. */
export type OwnFaultName =
  | 'listener_failed'
  | 'bad_frame'
  | 'bad_hello'
  | 'silent'
  | 'gap'
  | 'token_failed'
  | 'move_failed'

/** Something that went wrong and did not end the client. */
export interface ClientFault {
  readonly name: FaultName | OwnFaultName
  /** For people; may change. */
  readonly message: string
  /** The topic or `channel:*` that it concerns, where it concerns one. */
  readonly topic?: string
  /** What was thrown, where something was. */
  readonly cause?: unknown
}

/** A server's fault, of one topic or a whole request, as an event. */
export function asClientFault({ name, message }: FaultBody, topic?: string): ClientFault {
  return topic === undefined ? { name, message } : { name, message, topic }
}

/** The fault that a close code stands for; null for a code that is not ours. */
export function faultOfClose(code: number): FaultName | null {
  for (const [name, fault] of Object.entries(FAULTS)) {
    if ('close' in fault && fault.close === code) return name as FaultName
  }
  return null
}

/** The close code for a token that is not accepted. */
export const BAD_TOKEN = FAULTS.bad_token.close

/** Whether to stay away after such a close: the same would be refused again. */
export function isTerminal(code: number): boolean {
  // 1009: a request was too large, and coming back means to repeat it.
  return (code >= 4500 && code <= 4999) || code === FAULTS.request_too_large.close
}
