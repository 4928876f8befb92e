/**
 * Receiver: one WebSocket client over a plain socket, as fast as can be or at a rate.
 * It reads the kernel's bytes itself, in pieces of its own size: a Node stream would take 64 KiB out of the kernel
 * ahead of its reader, which at 50 kB/s is more than a second. Pings are answered when the reading comes to them.
 */
import { connect, type Socket } from 'node:net'
import { frame, handshake } from '../../test/support/raw-client.ts'
import { monotonicMs, wallMs } from './clock.ts'
import { FrameParser, type FrameSink } from './frames.ts'
import { eachPayload, TOPICS_MAX, topicIndex } from './payload.ts'

/** A slow reader's pieces: at 50 kB/s one in 20 ms. */
const PIECE_BYTES = 1024
/** For readers without a limit; they share it, since all that is in it is read before the next one uses it. */
const shared = Buffer.alloc(64 * 1024)
/** How much a slow reader may catch up after its own process was late. */
const CATCH_UP_MS = 50
const HEADERS_END = '\r\n\r\n'
const PONG = 10

export interface ReceiverOptions {
  readonly port: number
  readonly topics: readonly string[]
  /** What subscribe asks for beside the topics. */
  readonly params?: object
  /** How fast it reads; null: at once. */
  readonly bytesPerS: number | null
  /** Look at no payload: for thousands of clients of which only the server's cost matters. */
  readonly isBlind: boolean
  /** Told of each value that is read, with its age. */
  readonly onAge: (ageMs: number) => void
}

export class Receiver implements FrameSink {
  frameCount = 0
  messageCount = 0
  byteCount = 0
  /** Values that came after a newer one of their topic. */
  disorderCount = 0
  isClosed = false
  /** How many updates of each topic had been published at the one read last. */
  readonly counts = new Uint32Array(TOPICS_MAX)
  private readonly socket: Socket
  private readonly options: ReceiverOptions
  private readonly parser = new FrameParser(this)
  private readonly visit = (topic: number, count: number, ts: number) => this.see(topic, count, ts)
  private head = ''
  private isOpen = false
  private dueAtMs = 0
  private isPaused = false
  private nowMs = 0
  private joined = () => {}

  constructor(options: ReceiverOptions) {
    this.options = options
    const { port, bytesPerS } = options
    const buffer = bytesPerS === null ? shared : Buffer.alloc(PIECE_BYTES)
    const callback = (count: number) => this.read(buffer.subarray(0, count))
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true, onread: { buffer, callback } })
    this.socket.on('error', () => {}) // a close follows
    this.socket.on('close', () => this.close())
    this.socket.write(handshake('json'))
  }

  /** Resolves once the subscription is answered. */
  join(): Promise<void> {
    return new Promise((resolve) => {
      this.joined = resolve
    })
  }

  /** Subscribes anew, with other params; the answer is not waited for. */
  subscribe(params: object): void {
    const { topics } = this.options
    const request = { id: 1, method: 'subscribe', params: { topics, ...params } }
    this.socket.write(frame(JSON.stringify(request)))
  }

  /** Whether it holds the last value of each of its topics, of which so many updates have been published. */
  isExact(published: readonly number[]): boolean {
    return this.options.topics.every((name) => {
      const topic = topicIndex(name)
      return this.counts[topic] === published[topic]
    })
  }

  /** A slow reader reads on when its time has come; call it every few ms. */
  tick(): void {
    if (!this.isPaused || this.dueAtMs > monotonicMs()) return
    this.isPaused = false
    this.socket.resume()
  }

  data(bytes: Buffer, from: number, to: number): void {
    this.frameCount++
    if (this.joined !== done || !this.options.isBlind) this.look(bytes.toString('latin1', from, to))
  }

  ping(payload: Buffer): void {
    this.socket.write(frame(payload, { opcode: PONG }))
  }

  close(): void {
    this.isClosed = true
  }

  private look(text: string): void {
    if (this.joined !== done && text.includes('"result"')) {
      this.joined()
      this.joined = done
    }
    this.nowMs = wallMs()
    eachPayload(text, this.visit)
  }

  private see(topic: number, count: number, ts: number): void {
    this.messageCount++
    if (count <= this.counts[topic]!) this.disorderCount++
    this.counts[topic] = count
    this.options.onAge(this.nowMs - ts)
  }

  /** False pauses the socket. */
  private read(bytes: Buffer): boolean {
    this.byteCount += bytes.length
    if (this.isOpen) this.parser.feed(bytes)
    else this.open(bytes)
    const { bytesPerS } = this.options
    if (bytesPerS === null) return true
    const earliestMs = monotonicMs() - CATCH_UP_MS
    this.dueAtMs = Math.max(this.dueAtMs, earliestMs) + (bytes.length / bytesPerS) * 1_000
    this.isPaused = true
    return false
  }

  private open(bytes: Buffer): void {
    this.head += bytes.toString('latin1')
    const end = this.head.indexOf(HEADERS_END)
    if (end === -1) return
    if (!this.head.startsWith('HTTP/1.1 101')) throw new Error(`refused: ${this.head}`)
    this.isOpen = true
    this.subscribe(this.options.params ?? {})
    this.parser.feed(Buffer.from(this.head.slice(end + HEADERS_END.length), 'latin1'))
  }
}

function done(): void {}
