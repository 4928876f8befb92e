/**
 * Record text: a record as the JSON text that it came in. Pure. @hot
 * A copy: a payload is a piece of a chunk that Redis's client reads into, and would keep all of it in memory.
 * Holds: the buffer is used again as long as texts fit; prices rarely change their length.
 */
import type { Layout } from './layout.ts'

/** Room for a few digits more. */
const SPARE_BYTES = 32

const NOTHING = new Uint8Array(0)

export class RecordText {
  /** The text; null if there is none. Valid until the next set(). */
  bytes: Uint8Array | null = null
  private buffer: Buffer | null = null
  /** The last text's bytes, for when the next one is as long. */
  private view: Uint8Array = NOTHING

  /** Takes over a payload that `layout` matches. @hot */
  set(payload: Uint8Array, layout: Layout): void {
    if (this.buffer === null || this.buffer.length < payload.length) {
      this.buffer = Buffer.allocUnsafeSlow(payload.length + SPARE_BYTES)
      this.view = NOTHING
    }
    const length = layout.write(payload, this.buffer)
    if (this.view.length !== length) this.view = new Uint8Array(this.buffer.buffer, 0, length)
    this.bytes = this.view
  }

  clear(): void {
    this.bytes = null
  }

  toString(): string {
    return this.buffer === null ? '' : this.buffer.toString('latin1', 0, this.view.length)
  }
}
