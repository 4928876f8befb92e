/**
 * Source: where updates come from. The contract that redis, simulator and file keep (test/contract/source.ts).
 */
import type { Update } from '../market/record.ts'
import type { MalformedReason } from './decode.ts'

export type SourceName = 'redis' | 'simulator' | 'file'

export interface Source {
  readonly name: SourceName
  /**
   * Starts delivering into the sink. MUST return without waiting for the other side: a source whose other side is
   * away says down() (or nothing) and keeps trying until stop(). MUST throw only for what no retry can mend, such as
   * a file that does not exist.
   */
  start(sink: SourceSink): Promise<void>
  /** MUST NOT call the sink after its promise resolves; MUST be safe to call twice, and before start(). */
  stop(): Promise<void>
}

/** What a source may say. All calls are synchronous; the sink never throws. */
export interface SourceSink {
  /**
   * A payload that has not been decoded. True if it is the topic's whole record once more, which is known from its
   * bytes: then it has been taken in. Otherwise nothing has happened, and it is to be decoded. A source need not ask.
   */
  overwrite(topic: string, payload: Uint8Array): boolean
  /**
   * A decoded update. MUST come in the order of publishing, and MUST NOT be changed afterwards by the source.
   * `payload`: the bytes that held this update and no other, so that overwrite() may know the next one like it.
   */
  update(topic: string, update: Update, payload?: Uint8Array): void
  /** Something that is not an update. MUST be said once for each such message or batch entry. */
  malformed(reason: MalformedReason, topic: string): void
  /** MUST be called before anything is received after a break, and before the stored records are read. */
  beginReload(): void
  /** A stored record; only between beginReload() and up(), after all older updates have been delivered. */
  stored(topic: string, record: Update): void
  /** Connected, and every update since beginReload() has been or will be delivered. Ends a reload. */
  up(): void
  /** The other side is gone or does not answer. MAY be repeated. Ends a reload, which then has to begin anew. */
  down(why: string): void
  /**
   * A sink for one part of the source, which breaks and reloads by itself and says all of the above to that sink. The
   * feed is down while any of the parts is: nobody can tell which topics were that part's. A new part is not up yet.
   */
  part(): PartSink
}

export interface PartSink extends SourceSink {
  /** The part is no more, and nothing is missed with it. MUST be the last that is said to its sink. */
  leave(): void
}

/** Where a source writes what an operator should know. pino's logger fits. */
export interface SourceLog {
  info(fields: object, event: string): void
  warn(fields: object, event: string): void
}
