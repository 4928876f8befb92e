/**
 * Raw client: a WebSocket client without manners, over a plain TCP socket: it sends any bytes, and reads what comes.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { eventually } from './eventually.ts'

export const TEXT = 1
export const BINARY = 2
export const CLOSE = 8
export const PING = 9

export interface FrameOptions {
  readonly opcode?: number
  /** Whether it is the last of its message. */
  readonly isFinal?: boolean
  readonly isMasked?: boolean
  /** The length that the header claims, where it is not the payload's. */
  readonly claims?: number
}

/** The bytes of one frame. Payloads of up to 64 KiB - 1 use the short lengths, as they must. */
export function frame(payload: string | Buffer, options: FrameOptions = {}): Buffer {
  const { opcode = TEXT, isFinal = true, isMasked = true } = options
  const body = Buffer.from(payload)
  const length = options.claims ?? body.length
  const head = Buffer.from([(isFinal ? 0x80 : 0) | opcode, isMasked ? 0x80 : 0])
  if (length < 126) {
    head[1]! |= length
    return Buffer.concat([head, ...masked(body, isMasked)])
  }
  const isShort = length < 65_536
  head[1]! |= isShort ? 126 : 127
  const size = Buffer.alloc(isShort ? 2 : 8)
  if (isShort) size.writeUInt16BE(length)
  else size.writeBigUInt64BE(BigInt(length))
  return Buffer.concat([head, size, ...masked(body, isMasked)])
}

export class RawClient {
  readonly socket: Socket
  received = Buffer.alloc(0)
  /** The server has closed its side. */
  hasEnded = false

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes: Buffer) => {
      this.received = Buffer.concat([this.received, bytes])
    })
    socket.on('end', () => this.end())
    socket.on('close', () => this.end())
    socket.on('error', () => {}) // a reset: a close follows
  }

  /** Connects without a word. */
  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  /** Connects and shakes hands; what came with the answer is dropped, the greeting included. */
  static async open(port: number, dialect = 'json'): Promise<RawClient> {
    const client = await RawClient.connect(port)
    client.send(handshake(dialect))
    await eventually(() => client.received.includes('hello'))
    client.received = Buffer.alloc(0)
    return client
  }

  send(bytes: string | Buffer): void {
    this.socket.write(bytes)
  }

  /** Waits for the server to close the connection, and returns its close code: 1006 where it said none. */
  async closeCode(): Promise<number> {
    await eventually(() => this.hasEnded)
    // A close frame is the last that a server sends: its header, 2 bytes of code, and the reason.
    const at = this.received.lastIndexOf(0x80 | CLOSE)
    const isClose = at >= 0 && this.received.length === at + 2 + (this.received[at + 1] ?? 0)
    return isClose && this.received.length >= at + 4 ? this.received.readUInt16BE(at + 2) : 1006
  }

  destroy(): void {
    this.socket.destroy()
  }

  private end(): void {
    this.hasEnded = true
  }
}

/** A correct request to switch to a dialect. */
export function handshake(dialect: string): string {
  return [
    'GET /ws HTTP/1.1',
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    `Sec-WebSocket-Protocol: tickwire.v1.${dialect}`,
    '',
    '',
  ].join('\r\n')
}

function masked(body: Buffer, isMasked: boolean): Buffer[] {
  if (!isMasked) return [body]
  const mask = randomBytes(4)
  return [mask, Buffer.from(body.map((byte, i) => byte ^ mask[i & 3]!))]
}
