/**
 * Stored records: reads the hash that publishers keep, page by page, over a connection that lives only for it: so
 * there is no idle connection that could hang unseen, and a large hash blocks neither Redis nor us for long.
 */
import type { Redis } from 'ioredis'
import { decode } from './decode.ts'
import { connect, LAST_KEY } from './redis-connection.ts'
import type { SourceSink } from './source.ts'

/** Fields a page: well under 10 ms to decode, and 100,000 topics are 200 round trips. */
const PAGE_FIELDS = 500
/** For connecting, and for each page. */
const COMMAND_TIMEOUT_MS = 3_000

/** Replies that no retry mends: the key holds something else, or this user may not read it. */
const UNREADABLE = /^(WRONGTYPE|NOPERM)\b/

export interface Reading {
  readonly url: string
  /** Only records of these topics are wanted: nobody would tell us of their changes otherwise. */
  readonly patterns: readonly string[]
  /** The connection that is subscribed already. */
  readonly subscriber: { ping(): Promise<unknown> }
  readonly sink: SourceSink
  isCurrent(): boolean
}

/**
 * Hands the stored records to the sink, each after all that was published before it was read. A record may come
 * twice. Returns '', or Redis's reply where the hash cannot be read at all. Throws when a connection breaks.
 */
export async function readStored(reading: Reading): Promise<string> {
  const commands = connect(reading.url, {
    commandTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy: () => null,
  })
  let broken: Error | undefined
  commands.on('error', (error) => {
    broken = error
  })
  try {
    for (const pattern of reading.patterns) await readMatching(pattern, commands, reading)
    return ''
  } catch (error) {
    if (error instanceof Error && UNREADABLE.test(error.message)) return error.message
    throw broken ?? error
  } finally {
    commands.disconnect()
  }
}

async function readMatching(pattern: string, commands: Redis, reading: Reading): Promise<void> {
  let cursor = '0'
  do {
    const page = await commands.hscanBuffer(
      LAST_KEY,
      cursor,
      'MATCH',
      pattern,
      'COUNT',
      PAGE_FIELDS,
    )
    cursor = page[0].toString('latin1')
    if (page[1].length === 0) continue
    // Its answer comes after every message that was published before the page was read.
    await reading.subscriber.ping()
    if (!reading.isCurrent()) return
    const entries = page[1]
    for (let i = 0; i + 1 < entries.length; i += 2) {
      store(reading.sink, entries[i]!.toString('latin1'), entries[i + 1]!)
    }
  } while (cursor !== '0')
}

function store(sink: SourceSink, topic: string, payload: Buffer): void {
  const record = decode(payload)
  if (typeof record === 'string') sink.malformed(record, topic)
  else if (Array.isArray(record)) sink.malformed('not_an_object', topic)
  else sink.stored(topic, record)
}
