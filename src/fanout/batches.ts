/**
 * Batches: what lanes are sent alike in one turn. @hot
 * Every lane that is current is sent just what has changed of its topics, and topics are gone through one after the
 * other; so lanes with the same changes go the same way through a tree, whose nodes are lists of messages. A list is
 * joined once, however many lanes it goes to, and a lane holds nothing but the node that it has come to.
 */
import type { Dialect } from '../protocol/dialect.ts'
import type { Audience, Encoded } from './audience.ts'

/** Lists in a turn: beyond, lanes use queues of their own, and the memory of a turn stays bounded. */
export const BATCHES_MAX = 1_024
/** Joined frames of a turn lie side by side; more than this of them, and the next ones begin another such buffer. */
const ARENA_BYTES = 256 * 1024

/** A list of messages: its last one, and the list before that. */
export class Batch {
  encoded: Encoded
  before: Batch | null = null
  /** Of its first message. */
  first: Audience
  /** Messages. */
  count = 0
  /** Of its frame, or a few less. */
  bytes = 0
  /** null until somebody is sent it. */
  frame: Uint8Array | null = null
  /** The list that was last made longer from this one: while one topic is gone through, there is no other. */
  next: Batch | null = null
  /** How many lanes have been sent it. */
  laneCount = 0

  constructor(encoded: Encoded) {
    this.encoded = encoded
    this.first = encoded.audience
  }

  set(encoded: Encoded, before: Batch | null): void {
    this.encoded = encoded
    this.before = before
    this.next = null
    this.laneCount = 0
    if (before === null) {
      this.first = encoded.audience
      this.count = 1
      this.bytes = encoded.bytes.length
      this.frame = encoded.bytes
    } else {
      before.next = this
      this.first = before.first
      this.count = before.count + 1
      this.bytes = before.bytes + encoded.bytes.length - 1
      this.frame = null
    }
  }
}

export class Batches {
  /** How many there are in this turn. */
  count = 0
  // Kept for the next turn: lanes are old objects, and each new one that they point to would cost a write barrier.
  private readonly pool: Batch[] = []
  private arena = new Uint8Array(ARENA_BYTES)
  private arenaEnd = 0
  private readonly path: Encoded[] = []

  /** The one at `index`, in the order in which they were made; only for an index below count. */
  at(index: number): Batch {
    return this.pool[index]!
  }

  /** Forgets the last turn's. */
  clear(): void {
    this.count = 0
    this.arenaEnd = 0
  }

  /** The list with one more message, of the topic that is being gone through; null where there are too many lists. */
  after(before: Batch | null, encoded: Encoded): Batch | null {
    if (this.count === BATCHES_MAX) return null
    let batch = this.pool[this.count]
    if (batch === undefined) {
      batch = new Batch(encoded)
      this.pool.push(batch)
    }
    this.count++
    batch.set(encoded, before)
    return batch
  }

  /** Joins a list of several messages to a frame, which is good until clear(). */
  join(batch: Batch): Uint8Array {
    const { path } = this
    const { dialect } = batch.encoded
    for (let at: Batch | null = batch; at !== null; at = at.before) path[at.count - 1] = at.encoded
    const most = batch.bytes + dialect.headerBytes
    if (this.arenaEnd + most > this.arena.length) {
      this.arena = new Uint8Array(Math.max(ARENA_BYTES, most))
      this.arenaEnd = 0
    }
    const end = joined(dialect, path, batch.count, this.arena, this.arenaEnd)
    const frame = this.arena.subarray(this.arenaEnd, end)
    this.arenaEnd = end
    batch.frame = frame
    return frame
  }
}

/** Writes one frame of the first `count` messages into the target, from `at`; returns its end. */
export function joined(
  dialect: Dialect,
  messages: readonly Encoded[],
  count: number,
  target: Uint8Array,
  at: number,
): number {
  let end = at + dialect.headerBytes
  for (let i = 0; i < count; i++) end = dialect.append(target, end, messages[i]!.bytes)
  dialect.seal(target, at, count)
  return end
}
