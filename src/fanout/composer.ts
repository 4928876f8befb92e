/**
 * Composer: makes one frame of what a lane has pending in a queue of its own. @hot
 * Lanes that have the same topics pending are common (every screen shows the majors), so the last frame composed is
 * kept, and a lane whose list is equal is given the same bytes.
 */
import type { Dialect } from '../protocol/dialect.ts'
import type { Encoded } from './audience.ts'
import { joined } from './batches.ts'
import { FRAME_BYTES_MAX } from './credit.ts'
import type { Lane } from './lane.ts'

/** Nothing is pending: there was only a status to send, or what was pending has ended. */
const NOTHING = new Uint8Array(0)

export class Composer {
  /** Of the frame composed last: how many messages are in it, each of one subscription from the queue's front. */
  messageCount = 0

  private target = new Uint8Array(FRAME_BYTES_MAX * 2)
  private picked: Encoded[] = []
  private last: Encoded[] = []
  private lastCount = 0
  private lastDialect: Dialect | null = null
  private lastFrame: Uint8Array = NOTHING

  /** Call before the first compose() of a turn: versions move between turns, and equal lists with them. */
  begin(): void {
    this.lastCount = 0
    this.lastDialect = null
  }

  /** One frame of at most `roomBytes`, or of one larger message. Valid until the next call. */
  compose(lane: Lane, roomBytes: number): Uint8Array {
    this.pick(lane, roomBytes)
    const count = this.messageCount
    if (count === 0) return NOTHING
    if (count === 1) return this.picked[0]!.bytes
    if (this.isLast(lane.dialect, count)) return this.lastFrame
    return this.join(lane.dialect, count)
  }

  /** Finds what goes into the frame, in the queue's order. */
  private pick(lane: Lane, roomBytes: number): void {
    const { pending, dialect, dialectIndex } = lane
    const { picked } = this
    let bytes = dialect.headerBytes
    let count = 0
    for (let next = pending.first; next !== null; next = next.behind) {
      const { audience, settings, sentVersion } = next
      const encoded = audience.encode(dialect, dialectIndex, settings.mode, sentVersion)
      bytes += encoded.bytes.length - 1
      if (bytes > roomBytes && count > 0) break
      picked[count++] = encoded
    }
    this.messageCount = count
  }

  private isLast(dialect: Dialect, count: number): boolean {
    if (dialect !== this.lastDialect || count !== this.lastCount) return false
    const { picked, last } = this
    for (let i = 0; i < count; i++) if (picked[i] !== last[i]) return false
    return true
  }

  private join(dialect: Dialect, count: number): Uint8Array {
    const { picked, target } = this
    this.lastFrame = target.subarray(0, joined(dialect, picked, count, target, 0))
    this.lastDialect = dialect
    this.lastCount = count
    this.picked = this.last
    this.last = picked
    return this.lastFrame
  }
}
