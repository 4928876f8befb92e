/**
 * Hostile readers: clients over plain sockets that answer pings never, late or without having read, and read as little
 * as they like.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { eventually } from './eventually.ts'
import { CLOSE, frame, handshake, PING, RawClient } from './raw-client.ts'
import { type AnyMessage, State } from './state.ts'

export const PONG = 10

/** Subscribes to everything. */
export const SUBSCRIBE = frame('{"id":1,"method":"subscribe","params":{"topics":["ticker:*"]}}')

/** A pong that looks like the answer to a probe. */
export function pong(number: number): Buffer {
  const payload = Buffer.alloc(4)
  payload.writeUInt32BE(number)
  return frame(payload, { opcode: PONG })
}

/** Opens a connection that is subscribed to everything, and reads on without ever answering a ping. */
export async function openMute(port: number): Promise<RawClient> {
  const client = await RawClient.open(port)
  client.send(SUBSCRIBE)
  return client
}

/** Opens a connection that is subscribed to everything, and from then on reads nothing. */
export async function openDeaf(port: number): Promise<RawClient> {
  const client = await RawClient.open(port)
  client.socket.pause()
  client.send(SUBSCRIBE)
  return client
}

/** Opens one that reads a byte each `periodMs` once it has shaken hands. */
export async function openDripping(port: number, periodMs: number): Promise<Dripping> {
  const client = new Dripping(port)
  await client.open(periodMs)
  return client
}

export class Dripping {
  /** How many bytes it has read since it began to drip. */
  readCount = 0
  readonly socket: Socket
  private head = ''
  private timer: NodeJS.Timeout | undefined

  constructor(port: number) {
    // Node would read 64 KiB ahead into a buffer of its own: here, it is handed one of a byte.
    const onread = {
      buffer: Buffer.alloc(1),
      callback: (_: number, it: Uint8Array) => this.take(it),
    }
    this.socket = connect({ host: '127.0.0.1', port, onread })
    this.socket.on('error', () => {}) // a reset: a close follows
  }

  async open(periodMs: number): Promise<void> {
    await once(this.socket, 'connect')
    this.socket.write(handshake('json'))
    await eventually(() => this.isGreeted)
    this.timer = setInterval(() => this.socket.resume(), periodMs)
    this.socket.write(SUBSCRIBE)
  }

  destroy(): void {
    clearInterval(this.timer)
    this.socket.destroy()
  }

  private get isGreeted(): boolean {
    return this.head.endsWith('\r\n\r\n')
  }

  /** Returns whether to read on. */
  private take(byte: Uint8Array): boolean {
    if (this.isGreeted) this.readCount++
    else this.head += String.fromCharCode(byte[0]!)
    return !this.isGreeted
  }
}

/**
 * Answers probes that it has not read: their numbers are easy to guess, so it sends every number up to `numberMax`
 * again and again. Returns the function that ends it.
 */
export function forge(socket: Socket, numberMax = 2_000): () => void {
  const period = 5
  const count = 200
  let next = 1
  const timer = setInterval(() => {
    const pongs = Array.from({ length: count }, (_, i) => pong(((next - 1 + i) % numberMax) + 1))
    next = ((next - 1 + count) % numberMax) + 1
    if (socket.writable) socket.write(Buffer.concat(pongs))
  }, period)
  return () => clearInterval(timer)
}

/** Reads everything as a good client does, and answers each ping `lateMs` after it came. */
export class LateReader extends State {
  readonly client: RawClient
  answered = 0
  closed = false
  private readonly lateMs: number
  private rest = Buffer.alloc(0)

  private constructor(client: RawClient, lateMs: number) {
    super()
    this.client = client
    this.lateMs = lateMs
    client.socket.removeAllListeners('data')
    client.socket.on('data', (bytes: Buffer) => this.read(bytes))
  }

  static async open(port: number, lateMs: number): Promise<LateReader> {
    const reader = new LateReader(await RawClient.open(port), lateMs)
    reader.client.send(SUBSCRIBE)
    return reader
  }

  private read(bytes: Buffer): void {
    let data = Buffer.concat([this.rest, bytes])
    for (let end = endOfFrame(data); end !== null && end <= data.length; end = endOfFrame(data)) {
      this.receive(data[0]! & 15, data.subarray(headBytes(data), end))
      data = data.subarray(end)
    }
    this.rest = data
  }

  private receive(opcode: number, payload: Buffer): void {
    if (opcode === CLOSE) this.closed = true
    else if (opcode === PING) this.answer(Buffer.from(payload))
    else for (const message of JSON.parse(payload.toString()) as AnyMessage[]) this.take(message)
  }

  private answer(payload: Buffer): void {
    setTimeout(() => {
      if (this.client.socket.writable) this.client.send(frame(payload, { opcode: PONG }))
      this.answered++
    }, this.lateMs)
  }
}

/** The header of a server's frame: never masked, and never above 64 KiB here. */
function headBytes(data: Buffer): number {
  return (data[1] ?? 0) === 126 ? 4 : 2
}

/** Where the first frame ends; null where its header is not complete. */
function endOfFrame(data: Buffer): number | null {
  const head = headBytes(data)
  if (data.length < head) return null
  return head + (head === 4 ? data.readUInt16BE(2) : data[1]!)
}
