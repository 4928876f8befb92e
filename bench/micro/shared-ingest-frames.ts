/**
 * Frames between the process that reads Redis and those that it feeds: two lengths, a channel, a payload.
 */

const HEADER_BYTES = 6

export class FrameWriter {
  private batch = Buffer.allocUnsafe(1 << 20)
  private used = 0

  add(channel: Buffer, payload: Buffer): void {
    const bytes = HEADER_BYTES + channel.length + payload.length
    if (this.used + bytes > this.batch.length) this.grow(bytes)
    const { batch } = this
    batch.writeUInt16LE(channel.length, this.used)
    batch.writeUInt32LE(payload.length, this.used + 2)
    channel.copy(batch, this.used + HEADER_BYTES)
    payload.copy(batch, this.used + HEADER_BYTES + channel.length)
    this.used += bytes
  }

  /** All since the last time, as bytes of their own: sockets may keep them for a while. */
  take(): Buffer {
    const taken = Buffer.from(this.batch.subarray(0, this.used))
    this.used = 0
    return taken
  }

  private grow(bytes: number): void {
    const larger = Buffer.allocUnsafe(2 * (this.batch.length + bytes))
    this.batch.copy(larger, 0, 0, this.used)
    this.batch = larger
  }
}

export class FrameReader {
  private rest: Buffer = Buffer.alloc(0)
  private readonly onFrame: (topic: string, payload: Buffer) => void

  constructor(onFrame: (topic: string, payload: Buffer) => void) {
    this.onFrame = onFrame
  }

  read(bytes: Buffer): void {
    const all = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes])
    let at = 0
    while (all.length - at >= HEADER_BYTES) {
      const channelEnd = at + HEADER_BYTES + all.readUInt16LE(at)
      const end = channelEnd + all.readUInt32LE(at + 2)
      if (end > all.length) break
      this.onFrame(
        all.toString('latin1', at + HEADER_BYTES, channelEnd),
        all.subarray(channelEnd, end),
      )
      at = end
    }
    this.rest = all.subarray(at)
  }
}
