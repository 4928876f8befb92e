/**
 * Messages between the supervisor and its workers, over the channel that fork() gives. Both are the same build, so
 * what comes is what the types say.
 */
import type { Serializable } from 'node:child_process'
import type { LanesReport } from '../fanout/report.ts'
import type { Snapshot } from '../ops/exposition.ts'
import type { Readiness } from '../transport/admin.ts'

export type ToWorker =
  /** Serve: one of so many, on that port. */
  | { readonly type: 'start'; readonly workers: number; readonly port: number }
  /** Read the certificate again. */
  | { readonly type: 'reload' }
  /** Send the clients away, and end. */
  | { readonly type: 'stop' }
  | { readonly type: 'ask'; readonly id: number; readonly question: Question }

export type FromWorker =
  /** It can be told to start: what takes long has been done. */
  | { readonly type: 'loaded' }
  | { readonly type: 'started' }
  /** It cannot start, with words for an operator; it ends by itself. */
  | { readonly type: 'failed'; readonly why: string }
  | { readonly type: 'answer'; readonly id: number; readonly answer: unknown }

export type Question =
  | { readonly about: 'readiness' | 'metrics' }
  | { readonly about: 'lanes'; readonly top: number }
  /** Begins a profile, and names it by a number; 0 while another one is being made. */
  | { readonly about: 'heap' }
  | { readonly about: 'cpu'; readonly seconds: number }
  /** The next piece of a profile; null at its end. */
  | { readonly about: 'piece'; readonly profile: number }
  /** Nobody wants the rest of it. */
  | { readonly about: 'release'; readonly profile: number }

/** What each question is answered with. */
export interface Answers {
  readonly readiness: Readiness
  readonly metrics: Snapshot
  readonly lanes: LanesReport
  readonly heap: number
  readonly cpu: number
  readonly piece: Uint8Array | null
  readonly release: null
}

/** Structured clones: buffers stay buffers, and NaN is no null. */
export const SERIALIZATION = 'advanced'

/** A message as child_process wants it, which knows no unions. */
export function serializable(message: ToWorker | FromWorker): Serializable {
  return message as unknown as Serializable
}
