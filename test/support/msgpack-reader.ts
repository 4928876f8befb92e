/**
 * An independent reader of MessagePack, for checking the bytes of ours: strict, standard types only. Throws on
 * extensions, on text that is not UTF-8, on a key that comes twice, and where bytes are missing or left over.
 */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads the one value that `bytes` hold. */
export function readMsgpack(bytes: Uint8Array): unknown {
  const reader = new Reader(bytes)
  const value = reader.value()
  if (reader.at !== bytes.length) throw new Error(`${bytes.length - reader.at} bytes left over`)
  return value
}

class Reader {
  at = 0
  private readonly bytes: Uint8Array
  private readonly view: DataView

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  value(): unknown {
    const first = this.uint(1)
    if (first < 0x80) return first
    if (first < 0x90) return this.map(first & 0x0f)
    if (first < 0xa0) return this.array(first & 0x0f)
    if (first < 0xc0) return this.text(first & 0x1f)
    if (first >= 0xe0) return first - 0x100
    if (first >= 0xd9 && first <= 0xdb) return this.text(this.uint(2 ** (first - 0xd9)))
    if (first === 0xdc || first === 0xdd) return this.array(this.uint(first === 0xdc ? 2 : 4))
    if (first === 0xde || first === 0xdf) return this.map(this.uint(first === 0xde ? 2 : 4))
    return this.scalar(first)
  }

  private scalar(first: number): unknown {
    if (first === 0xc0) return null
    if (first === 0xc2 || first === 0xc3) return first === 0xc3
    if (first === 0xcb) return this.view.getFloat64(this.skip(8))
    if (first >= 0xcc && first <= 0xce) return this.uint(2 ** (first - 0xcc))
    if (first === 0xd0) return this.view.getInt8(this.skip(1))
    if (first === 0xd1) return this.view.getInt16(this.skip(2))
    if (first === 0xd2) return this.view.getInt32(this.skip(4))
    throw new Error(`type 0x${first.toString(16)} is not one that any library reads as it is`)
  }

  private uint(size: number): number {
    if (size === 1) return this.view.getUint8(this.skip(1))
    return size === 2 ? this.view.getUint16(this.skip(2)) : this.view.getUint32(this.skip(4))
  }

  private text(length: number): string {
    const from = this.skip(length)
    if (this.at > this.bytes.length) throw new RangeError('a text ends behind the end')
    return utf8.decode(this.bytes.subarray(from, this.at))
  }

  private array(length: number): unknown[] {
    const items: unknown[] = []
    for (let i = 0; i < length; i++) items.push(this.value())
    return items
  }

  private map(length: number): Record<string, unknown> {
    const entries: Record<string, unknown> = {}
    for (let i = 0; i < length; i++) {
      const key = this.value()
      if (typeof key !== 'string' || Object.hasOwn(entries, key)) throw new Error(`key ${key}`)
      entries[key] = this.value()
    }
    return entries
  }

  private skip(count: number): number {
    const from = this.at
    this.at += count
    return from
  }
}
