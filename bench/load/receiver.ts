/**
 * Receiver: one connection of a client, over a plain socket, as fast as can be or at a rate. @hot
 * It reads the kernel's bytes itself, in pieces of its own size: a Node stream would take 64 KiB out of the kernel
 * ahead of its reader, which at 50 kB/s is more than a second. Pings are answered when the reading comes to them.
 * Next:  frames.ts and marks.ts
 */
import { connect, type Socket } from 'node:net'
import { CLOSE } from '../../test/support/raw-client.ts'
import type { Params } from '../scenario/scenario.ts'
import { monotonicMs, wallUs } from './clock.ts'
import { clientFrame, FrameParser, type FrameSink, pongFrame } from './frames.ts'
import type { ValueSink } from './marks.ts'
import { NOT_MINE, type Shares } from './shares.ts'
import type { Tally } from './tally.ts'
import type { Dialogue } from './wires.ts'

/** A slow reader's pieces: at 50 kB/s one in 20 ms. */
const PIECE_BYTES = 1024
/** For readers without a limit; they share it, since all that is in it is read before the next one uses it. */
const shared = Buffer.alloc(64 * 1024)
/** How much a slow reader may catch up after its own process was late. */
const CATCH_UP_MS = 50
/** How long a server may take to answer a close frame. */
const LEAVE_TIMEOUT_MS = 5_000
const HEADERS_END = '\r\n\r\n'
const CLOSE_NORMAL = Buffer.from([0x03, 0xe8])

/** What the receivers of a group share. */
export interface ReceiverHost {
  readonly dialogue: Dialogue
  readonly params: Params
  readonly bytesPerS: number | null
  readonly shares: Shares
  /** Since the start. */
  readonly totals: Totals
  readonly ages: Tally
  /** The handshake was answered. */
  opened(receiver: Receiver): void
  joined(receiver: Receiver): void
  /** The client has read values. @hot */
  heard(client: number): void
  /** The server will end the connection: come back after so many ms from now, between the two. */
  sentAway(receiver: Receiver, reconnectMs: readonly [number, number]): void
  /** The connection is gone, and not because it left; before it had joined, with the reason. */
  ended(receiver: Receiver, reason: Error): void
}

export interface Totals {
  frames: number
  updates: number
  bytes: number
  disorders: number
}

/** `left`: what still comes is read, and counts no more. */
type State = 'connecting' | 'joining' | 'joined' | 'left' | 'ended'

export class Receiver implements FrameSink, ValueSink {
  readonly client: number
  /** Where its counts are in the shares. */
  readonly row: number
  state: State = 'connecting'
  hasOpened = false
  readonly beganMs = monotonicMs()
  /** When to come back, as a goaway has said; NaN before. */
  dueBackMs = Number.NaN
  private readonly host: ReceiverHost
  private readonly url: URL
  private readonly socket: Socket
  private readonly parser = new FrameParser(this)
  private readonly firstTopic: number
  /** Positions of topics whose values the server said it holds and that have not come; null once joined. */
  private awaited: Set<number> | null = null
  private head = ''
  private dueAtMs = 0
  private isPaused = false
  private failure: Error | null = null

  constructor(host: ReceiverHost, url: URL, client: number, row: number) {
    this.host = host
    this.url = url
    this.client = client
    this.row = row
    this.firstTopic = host.shares.firstOf(client)
    host.shares.forget(row)
    const isPaced = host.bytesPerS !== null && host.bytesPerS > 0
    const buffer = isPaced ? Buffer.alloc(PIECE_BYTES) : shared
    const callback = (length: number, bytes: Uint8Array) => this.read(length, bytes as Buffer)
    const onread = { buffer, callback }
    this.socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true, onread })
    this.socket.on('error', (error) => {
      this.failure ??= error // a close follows
    })
    this.socket.on('close', () => this.end())
    this.socket.write(host.dialogue.request(url))
  }

  /** A slow reader reads on when its time has come; call it every few ms. */
  tick(nowMs: number): void {
    if (!this.isPaused || this.dueAtMs > nowMs) return
    this.isPaused = false
    this.socket.resume()
  }

  /** Goes by its own will: by a close frame, or without a word. */
  leave(isPolite: boolean): void {
    this.state = 'left'
    if (!isPolite) {
      this.socket.destroy()
      return
    }
    this.socket.end(clientFrame(CLOSE, CLOSE_NORMAL))
    this.socket.resume()
    const timer = setTimeout(() => this.socket.destroy(), LEAVE_TIMEOUT_MS)
    this.socket.once('close', () => clearTimeout(timer))
  }

  data(bytes: Buffer, from: number, to: number): void {
    const { totals, dialogue } = this.host
    totals.frames++
    if (this.state === 'joining') this.converse(bytes.subarray(from, to))
    const count = dialogue.scanner.scan(bytes, from, to, this)
    totals.updates += count
    if (count > 0) this.host.heard(this.client)
    else if (this.state === 'joined') this.glance(bytes.subarray(from, to))
  }

  value(topic: number, count: number, ageUs: number): void {
    const { shares, totals, ages } = this.host
    const position = shares.positionOf(this.firstTopic, topic)
    if (position === NOT_MINE || !shares.isNews(this.row, position, count)) totals.disorders++
    if (this.state === 'joined') ages.record(ageUs)
    else if (this.awaited?.delete(position) === true && this.awaited.size === 0) this.join()
  }

  ping(bytes: Buffer, from: number, to: number): void {
    this.socket.write(pongFrame(bytes, from, to))
  }

  close(): void {
    this.failure ??= new Error('the server closed the connection')
    this.socket.end(clientFrame(CLOSE, CLOSE_NORMAL))
  }

  /** False pauses the socket. */
  private read(length: number, bytes: Buffer): boolean {
    if (this.state === 'left') return true
    const { totals, dialogue, bytesPerS } = this.host
    totals.bytes += length
    try {
      if (this.state === 'connecting') this.open(bytes, length)
      else {
        dialogue.scanner.readAt(wallUs())
        this.parser.feed(bytes, length)
      }
    } catch (error) {
      this.fail(error as Error) // of the parsers, which throw nothing else
      return false
    }
    if (bytesPerS === null) return true
    return bytesPerS === 0 ? this.state !== 'joined' : this.pace(length, bytesPerS)
  }

  private pace(length: number, bytesPerS: number): boolean {
    const earliestMs = monotonicMs() - CATCH_UP_MS
    this.dueAtMs = Math.max(this.dueAtMs, earliestMs) + (length / bytesPerS) * 1_000
    this.isPaused = true
    return false
  }

  private open(bytes: Buffer, length: number): void {
    this.head += bytes.toString('latin1', 0, length)
    const end = this.head.indexOf(HEADERS_END)
    if (end === -1) return
    const { dialogue, params, shares } = this.host
    if (!this.head.startsWith('HTTP/1.1 101')) {
      const body = this.head.slice(end + HEADERS_END.length)
      throw new Error(`${this.url.href} refused: ${this.head.split('\r\n')[0]} ${body}`.trim())
    }
    this.state = 'joining'
    this.hasOpened = true
    this.host.opened(this)
    const opening = dialogue.opening(shares.namesOf(this.client), params)
    if (opening !== null) this.socket.write(opening)
    const rest = Buffer.from(this.head.slice(end + HEADERS_END.length), 'latin1')
    this.head = ''
    dialogue.scanner.readAt(wallUs())
    this.parser.feed(rest, rest.length)
  }

  /** Reads one of the first frames. */
  private converse(frame: Buffer): void {
    const { dialogue, shares } = this.host
    if (this.awaited !== null) return this.glance(frame) // the result has come, and values follow
    const step = dialogue.read(frame, shares.namesOf(this.client))
    if (step === null) return
    if ('refused' in step) throw new Error(`${this.url.href} refused: ${step.refused}`)
    if ('send' in step) this.socket.write(step.send)
    if ('reconnectMs' in step) this.host.sentAway(this, step.reconnectMs)
    if (!('held' in step)) return
    const positions = step.held.map((name) => shares.positionOfName(this.client, name))
    this.awaited = new Set(positions.filter((at) => !shares.hasValue(this.row, at)))
    if (this.awaited.size === 0) this.join()
  }

  /** A frame without values: mostly a heartbeat, which is not worth parsing. */
  private glance(frame: Buffer): void {
    if (frame.length > 1 && !frame.includes('goaway')) return
    const step = this.host.dialogue.read(frame, [])
    if (step === null) return
    if ('send' in step) this.socket.write(step.send)
    if ('reconnectMs' in step) this.host.sentAway(this, step.reconnectMs)
  }

  private join(): void {
    this.awaited = null
    this.state = 'joined'
    this.host.joined(this)
  }

  private fail(error: Error): void {
    this.failure ??= error
    this.socket.destroy()
  }

  private end(): void {
    if (this.state === 'left' || this.state === 'ended') return
    const { failure } = this
    this.state = 'ended'
    this.host.ended(this, failure ?? new Error('the server ended the connection'))
  }
}
