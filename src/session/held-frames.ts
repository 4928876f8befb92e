/**
 * Held frames: what a client sends while its token is being checked. Taken up in order once that is done.
 */
import type { Verdict } from './allowance.ts'

const FRAMES_MAX = 64

export interface HeldFrame {
  readonly bytes: Uint8Array
  readonly isBinary: boolean
  /** What the allowance said when it came. */
  readonly verdict: Verdict
}

export class HeldFrames {
  private readonly bytesMax: number
  private readonly frames: HeldFrame[] = []
  private bytes = 0

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax
  }

  /** Keeps a copy of a frame; false where that would be too much. */
  add(frame: HeldFrame): boolean {
    this.bytes += frame.bytes.length
    if (this.frames.length >= FRAMES_MAX || this.bytes > this.bytesMax) return false
    this.frames.push({ ...frame, bytes: Uint8Array.from(frame.bytes) })
    return true
  }

  /** The first of them, which is no longer held; null where there is none. */
  take(): HeldFrame | null {
    const frame = this.frames.shift() ?? null
    this.bytes -= frame?.bytes.length ?? 0
    return frame
  }
}
