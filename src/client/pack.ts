/**
 * Pack: MessagePack of requests. They hold little: texts, numbers from 0 up, lists and maps of them. The library's own
 * writer is more than the rest of the client together.
 */

export type Packable = string | number | readonly Packable[] | { readonly [name: string]: Packable }

const encoder = new TextEncoder()

/** The bytes of a value. */
export function pack(value: Packable): Uint8Array<ArrayBuffer> {
  const bytes: number[] = []
  write(bytes, value)
  return Uint8Array.from(bytes)
}

function write(bytes: number[], value: Packable): void {
  if (typeof value === 'string') return writeText(bytes, value)
  if (typeof value === 'number') return writeNumber(bytes, value)
  if (Array.isArray(value)) {
    bytes.push(0xdc, value.length >> 8, value.length & 0xff)
    for (const item of value) write(bytes, item)
    return
  }
  const entries = Object.entries(value)
  bytes.push(0x80 | entries.length)
  for (const [name, item] of entries) {
    writeText(bytes, name)
    write(bytes, item)
  }
}

function writeText(bytes: number[], text: string): void {
  const utf8 = encoder.encode(text)
  bytes.push(0xda, utf8.length >> 8, utf8.length & 0xff)
  for (const byte of utf8) bytes.push(byte)
}

/** As float64: exact for every number that JSON could carry. */
function writeNumber(bytes: number[], value: number): void {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  bytes.push(0xcb)
  for (let i = 0; i < 8; i++) bytes.push(view.getUint8(i))
}
