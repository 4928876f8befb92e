/**
 * NDJSON: lines of a file, plain or gzip, in bounded memory. Knows nothing of what a line holds.
 * Next:  recording.ts
 */
import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { PAYLOAD_BYTES_MAX } from '../market/record.ts'

const CHUNK_BYTES = 64 * 1024
/** Of a longer line only the beginning is kept: too long for a payload, even if a return at its end is taken off. */
const LINE_BYTES_KEPT = PAYLOAD_BYTES_MAX + 2

const NEWLINE = 0x0a
const RETURN = 0x0d

export interface Line {
  /** From 1; blank lines count. */
  readonly number: number
  /** Without the line's end. A view of a larger buffer, the reader's own. */
  readonly bytes: Buffer
}

/** Throws what a person understands where the file cannot be opened. */
export async function requireFile(path: string): Promise<void> {
  const file = await openFile(path)
  await file.close()
}

/**
 * Yields the lines that are not blank, some hundreds at a time. Throws where the file cannot be opened or read, and
 * for a damaged gzip file.
 */
export async function* readLines(path: string): AsyncGenerator<Line[]> {
  const splitter = new LineSplitter()
  for await (const chunk of await openBytes(path)) {
    const lines = splitter.push(chunk as Buffer) // neither stream has an encoding set
    if (lines.length > 0) yield lines
  }
  const last = splitter.end()
  if (last.length > 0) yield last
}

/** Cuts chunks into lines; pure. */
export class LineSplitter {
  private number = 0
  /** The beginning of a line that has no end yet; at most LINE_BYTES_KEPT. */
  private begun: Buffer | null = null

  /** The lines that `chunk` completes. They refer to it. */
  push(chunk: Buffer): Line[] {
    const lines: Line[] = []
    let from = 0
    for (;;) {
      const to = chunk.indexOf(NEWLINE, from)
      if (to === -1) break
      this.take(chunk.subarray(from, to), lines)
      from = to + 1
    }
    if (from < chunk.length) this.begun = this.joined(chunk.subarray(from))
    return lines
  }

  /** The last line, where the file does not end in a newline. */
  end(): Line[] {
    const lines: Line[] = []
    if (this.begun !== null) this.take(this.begun.subarray(0, 0), lines)
    return lines
  }

  private take(end: Buffer, lines: Line[]): void {
    let bytes = this.begun === null ? end : this.joined(end)
    this.begun = null
    if (bytes.at(-1) === RETURN) bytes = bytes.subarray(0, -1)
    const number = ++this.number
    if (bytes.length > 0) lines.push({ number, bytes })
  }

  private joined(part: Buffer): Buffer {
    const whole = this.begun === null ? part : Buffer.concat([this.begun, part])
    return whole.subarray(0, LINE_BYTES_KEPT)
  }
}

async function openBytes(path: string): Promise<Readable> {
  const file = await openFile(path)
  try {
    const isGzip = await beginsAsGzip(file)
    const bytes = createReadStream(path, { fd: file, start: 0, highWaterMark: CHUNK_BYTES })
    if (!isGzip) return bytes
    // An error of either stream destroys both, and reading throws it: the callback has nothing to add.
    return pipeline(bytes, createGunzip({ chunkSize: CHUNK_BYTES }), () => {})
  } catch (error) {
    await file.close()
    throw error
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    const file = await open(path)
    if ((await file.stat()).isFile()) return file
    await file.close()
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : cause
    throw new Error(`cannot read ${path}: ${why}`, { cause })
  }
  throw new Error(`cannot read ${path}: it is not a file`)
}

/** By its content: names lie, and a downloaded file may have lost its ending. */
async function beginsAsGzip(file: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0)
  return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
}
