/**
 * Wanted: what of a Redis is followed: all topics of patterns, or topics by their names. @hot
 * Next:  ingest/deliver.ts
 */
import type { Redis } from 'ioredis'
import { deliver } from './deliver.ts'
import type { SourceSink } from './source.ts'

export type Wanted =
  /** As for PSUBSCRIBE. A channel that two of them match is delivered twice. */
  | { readonly patterns: readonly string[] }
  /** Sharded: by SSUBSCRIBE, of a node of a cluster that all of these are at home on. */
  | { readonly topics: readonly string[]; readonly isSharded: boolean }

/** A command of so many names holds Redis for well under 1 ms. */
const NAMES_MAX = 500

/** Events of a connection that bring payloads. */
export const PAYLOAD_EVENTS = ['pmessageBuffer', 'messageBuffer', 'smessageBuffer']

/** From here on, whatever comes over the connection goes into the sink. */
export function listen(redis: Redis, sink: SourceSink): void {
  const take = (channel: Buffer, payload: Buffer) => {
    deliver(sink, channel.toString('latin1'), payload)
  }
  redis.on('pmessageBuffer', (_pattern: string, channel: Buffer, payload: Buffer) => {
    deliver(sink, channel.toString('latin1'), payload)
  })
  redis.on('messageBuffer', take)
  redis.on('smessageBuffer', take)
}

/** Rejects unless all of it has been subscribed to. May be repeated. */
export async function subscribe(redis: Redis, wanted: Wanted): Promise<void> {
  if ('patterns' in wanted) {
    await redis.psubscribe(...wanted.patterns)
    return
  }
  const { topics, isSharded } = wanted
  // Names in one command must all be of one slot, and hardly two topics are.
  const count = isSharded ? 1 : NAMES_MAX
  const asked: Promise<unknown>[] = []
  for (let from = 0; from < topics.length; from += count) {
    const names = topics.slice(from, from + count)
    asked.push(isSharded ? redis.ssubscribe(...names) : redis.subscribe(...names))
  }
  await Promise.all(asked)
}
