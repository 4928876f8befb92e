/**
 * Stored records: reads what publishers keep, page by page, over a connection that lives only for it: a large
 * hash blocks neither Redis nor us for long.
 */
import type { Redis } from 'ioredis'
import { decode } from './decode.ts'
import { type Fault, LAST_KEY, lastKeyOf, type RedisTarget, usedOnce } from './redis-connection.ts'
import type { SourceSink } from './source.ts'
import type { Wanted } from './wanted.ts'

/** Fields a page, at most: well under 10 ms to decode, and 100,000 topics are 200 round trips. */
const PAGE_FIELDS_MAX = 512
/** Records take tens of kB a page. What is above this holds something else, and is read bit by bit. */
const PAGE_BYTES_MAX = 1024 * 1024
/** For connecting, and for each page. */
const COMMAND_TIMEOUT_MS = 3_000

/** Replies that no retry mends: the key holds something else, or this user may not read it. */
const UNREADABLE = /^(WRONGTYPE|NOPERM)\b/

export interface Reading {
  readonly target: RedisTarget
  /** Only records of these topics are wanted: nobody would tell us of their changes otherwise. */
  readonly wanted: Wanted
  /** The connection that is subscribed already. */
  readonly subscriber: { ping(): Promise<unknown> }
  readonly sink: SourceSink
  isCurrent(): boolean
}

/**
 * Hands the stored records to the sink, each after all that was published before it was read. A record may come
 * twice. Returns '', or Redis's reply where the hash cannot be read at all. Throws when a connection breaks.
 */
export function readStored(reading: Reading): Promise<string> {
  const { target, wanted } = reading
  return usedOnce(target, COMMAND_TIMEOUT_MS, async (commands, fault) => {
    try {
      if ('topics' in wanted) await readNamed(wanted, commands, fault, reading)
      else
        for (const pattern of wanted.patterns) await readMatching(pattern, commands, fault, reading)
      return ''
    } catch (error) {
      if (error instanceof Error && UNREADABLE.test(error.message)) return error.message
      throw error
    }
  })
}

async function readMatching(
  pattern: string,
  commands: Redis,
  fault: Readonly<Fault>,
  reading: Reading,
): Promise<void> {
  let cursor = '0'
  let count = 1
  let entries: Buffer[] = []
  let bytes = 0
  do {
    const page = await commands.hscanBuffer(LAST_KEY, cursor, 'MATCH', pattern, 'COUNT', count)
    // Whatever went wrong before: a database that this user may not select, and this page is of another one.
    if (fault.error !== undefined) throw fault.error
    cursor = page[0].toString('latin1')
    const pageBytes = bytesOf(page[1])
    count = pageBytes > PAGE_BYTES_MAX ? 1 : Math.min(count * 2, PAGE_FIELDS_MAX)
    entries = entries.concat(page[1])
    bytes += pageBytes
    const isFull = entries.length >= 2 * PAGE_FIELDS_MAX || bytes > PAGE_BYTES_MAX
    if (entries.length === 0 || !(isFull || cursor === '0')) continue
    await barrier(reading)
    if (!reading.isCurrent()) return
    for (let i = 0; i + 1 < entries.length; i += 2) {
      store(reading.sink, entries[i]!.toString('latin1'), entries[i + 1]!)
    }
    entries = []
    bytes = 0
  } while (cursor !== '0')
}

async function readNamed(
  { topics, isSharded }: Extract<Wanted, { topics: unknown }>,
  commands: Redis,
  fault: Readonly<Fault>,
  reading: Reading,
): Promise<void> {
  for (let from = 0; from < topics.length; from += PAGE_FIELDS_MAX) {
    const names = topics.slice(from, from + PAGE_FIELDS_MAX)
    const page = isSharded
      ? await Promise.all(names.map((topic) => commands.getBuffer(lastKeyOf(topic))))
      : await commands.hmgetBuffer(LAST_KEY, ...names)
    if (fault.error !== undefined) throw fault.error
    await barrier(reading)
    if (!reading.isCurrent()) return
    for (const [i, record] of page.entries()) {
      if (record !== null) store(reading.sink, names[i]!, record)
    }
  }
}

/** Resolves after every message that was published before it was called has come in; in a flood that takes long. */
async function barrier({ subscriber }: Reading): Promise<void> {
  await subscriber.ping()
}

function bytesOf(entries: readonly Buffer[]): number {
  return entries.reduce((sum, { length }) => sum + length, 0)
}

function store(sink: SourceSink, topic: string, payload: Buffer): void {
  const record = decode(payload)
  if (typeof record === 'string') sink.malformed(record, topic)
  else if (Array.isArray(record)) sink.malformed('not_an_object', topic)
  else sink.stored(topic, record)
}
