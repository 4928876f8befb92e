/**
 * Recording: a file's lines -> updates with their topics, and the time at which each is due again.
 * Next:  file.ts and cli/publish.ts
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Update } from '../market/record.ts'
import { decode, type MalformedReason } from './decode.ts'
import { type Line, readLines } from './ndjson.ts'
import { Pacer, type Speed } from './pacer.ts'
import type { TopicTemplate } from './topic-template.ts'

export interface RecordedUpdate {
  readonly topic: string
  readonly update: Update
  /** As it stands, without its end. */
  readonly line: Buffer
}

export interface BadLine {
  readonly number: number
  /** `no_topic`: the line is an update, but the template makes no topic of it. */
  readonly reason: MalformedReason | 'no_topic'
  /** For a person; the reason alone where there is no more to say. */
  readonly problem: string
}

export interface Playback {
  readonly path: string
  readonly template: TopicTemplate
  readonly speed: Speed
  /** Whether the file begins again at its end. */
  readonly loop: boolean
  readonly onBadLine: (bad: BadLine) => void
  /** Ends the playing. */
  readonly signal: AbortSignal
}

/** No timer is set for longer: setTimeout takes 24 days at most, and a recording may have any gap. */
const SLEEP_MS_MAX = 60_000

/** Above this no JSON text begins, but MessagePack's maps and arrays do. */
const ASCII_MAX = 0x7f

/**
 * Yields updates in the file's order, together what is due together. Throws where the file cannot be read, and for
 * a file without a single good line that is to be played for ever.
 */
export async function* play(playback: Playback): AsyncGenerator<RecordedUpdate[]> {
  const { path, loop, signal } = playback
  do {
    const pacer = new Pacer(playback.speed)
    let goodCount = 0
    for await (const lines of readLines(path)) {
      const updates = read(lines, playback)
      goodCount += updates.length
      for await (const due of paced(updates, pacer, signal)) yield due
      if (signal.aborted) return
    }
    if (loop && goodCount === 0) throw new Error(`${path} has no good line to repeat`)
  } while (loop)
}

async function* paced(
  updates: RecordedUpdate[],
  pacer: Pacer,
  signal: AbortSignal,
): AsyncGenerator<RecordedUpdate[]> {
  let from = 0
  for (let i = 0; i < updates.length && !signal.aborted; i++) {
    const ts = updates[i]!.update.ts ?? Number.NaN
    let waitMs = pacer.waitMs(ts, performance.now())
    if (waitMs <= 0) continue
    if (i > from) yield updates.slice(from, i)
    from = i
    while (waitMs > 0 && !signal.aborted) {
      await sleep(Math.min(waitMs, SLEEP_MS_MAX), undefined, { signal }).catch(unlessAborted)
      waitMs = pacer.waitMs(ts, performance.now())
    }
  }
  if (from < updates.length && !signal.aborted) yield updates.slice(from)
}

function read(lines: readonly Line[], { template, onBadLine }: Playback): RecordedUpdate[] {
  const updates: RecordedUpdate[] = []
  for (const { number, bytes } of lines) {
    const update = decodeLine(bytes)
    if (typeof update === 'string') {
      onBadLine({ number, reason: update, problem: update })
      continue
    }
    const named = template.name(update)
    if ('topic' in named) updates.push({ topic: named.topic, update, line: bytes })
    else onBadLine({ number, reason: 'no_topic', problem: named.problem })
  }
  return updates
}

/** MessagePack is no line, and a batch is none either: its entries might belong to several topics. */
function decodeLine(bytes: Buffer): Update | MalformedReason {
  if (bytes[0]! > ASCII_MAX) return 'not_json'
  const decoded = decode(bytes)
  if (Array.isArray(decoded)) return 'not_an_object'
  return decoded === 'not_msgpack' ? 'not_json' : decoded
}

function unlessAborted(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error
}
