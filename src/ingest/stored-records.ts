/**
 * Stored records: reads the hash that publishers keep, page by page, over a connection that lives only for it: so
 * there is no idle connection that could hang unseen, and a large hash blocks neither Redis nor us for long.
 */
import type { Redis } from 'ioredis'
import { decode } from './decode.ts'
import { connect, LAST_KEY, type RedisTarget } from './redis-connection.ts'
import type { SourceSink } from './source.ts'

/** Fields a page, at most: well under 10 ms to decode, and 100,000 topics are 200 round trips. */
const PAGE_FIELDS_MAX = 512
/** Records take tens of kB a page. What is above this holds something else, and is read bit by bit. */
const PAGE_BYTES_MAX = 1024 * 1024
/** For connecting, and for each page. */
const COMMAND_TIMEOUT_MS = 3_000

/** Replies that no retry mends: the key holds something else, or this user may not read it. */
const UNREADABLE = /^(WRONGTYPE|NOPERM)\b/

/** With Sentinels: what is asked is no longer the master that the subscriber is at. */
export class WrongMaster extends Error {}

export interface Reading {
  readonly target: RedisTarget
  /** Only records of these topics are wanted: nobody would tell us of their changes otherwise. */
  readonly patterns: readonly string[]
  /** The connection that is subscribed already. */
  readonly subscriber: Pick<Redis, 'ping' | 'stream'>
  readonly sink: SourceSink
  isCurrent(): boolean
}

/**
 * Hands the stored records to the sink, each after all that was published before it was read. A record may come
 * twice. Returns '', or Redis's reply where the hash cannot be read at all. Throws when a connection breaks.
 */
export async function readStored(reading: Reading): Promise<string> {
  const commands = connect(reading.target, {
    commandTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy: () => null,
  })
  let broken: Error | undefined
  commands.on('error', (error) => {
    broken = error
  })
  try {
    if (reading.target.sentinels?.length) await checkMaster(commands, reading.subscriber)
    for (const pattern of reading.patterns) await readMatching(pattern, commands, reading)
    return ''
  } catch (error) {
    if (error instanceof Error && UNREADABLE.test(error.message)) return error.message
    throw broken ?? error
  } finally {
    commands.disconnect()
  }
}

/** Throws unless both connections are at the same Redis and it is the master. */
async function checkMaster(
  commands: Redis,
  { stream: { remoteAddress, remotePort } }: Reading['subscriber'],
): Promise<void> {
  const [role] = (await commands.role()) as unknown[]
  const { stream } = commands
  const isSame = stream.remoteAddress === remoteAddress && stream.remotePort === remotePort
  if (!isSame || role !== 'master') throw new WrongMaster('the master has changed')
}

async function readMatching(pattern: string, commands: Redis, reading: Reading): Promise<void> {
  let cursor = '0'
  let count = 1
  let entries: Buffer[] = []
  let bytes = 0
  do {
    const page = await commands.hscanBuffer(LAST_KEY, cursor, 'MATCH', pattern, 'COUNT', count)
    cursor = page[0].toString('latin1')
    const pageBytes = bytesOf(page[1])
    count = pageBytes > PAGE_BYTES_MAX ? 1 : Math.min(count * 2, PAGE_FIELDS_MAX)
    entries = entries.concat(page[1])
    bytes += pageBytes
    const isFull = entries.length >= 2 * PAGE_FIELDS_MAX || bytes > PAGE_BYTES_MAX
    if (entries.length === 0 || !(isFull || cursor === '0')) continue
    // Its answer comes after every message that was published before these were read, and in a flood that takes long.
    await reading.subscriber.ping()
    if (!reading.isCurrent()) return
    for (let i = 0; i + 1 < entries.length; i += 2) {
      store(reading.sink, entries[i]!.toString('latin1'), entries[i + 1]!)
    }
    entries = []
    bytes = 0
  } while (cursor !== '0')
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
