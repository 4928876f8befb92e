/**
 * Connection: one WebSocket, from the handshake to its end.
 * Holds: probes are acknowledged when everything before them has been handled; after `ended` nothing is told any more.
 */
import { type Message, PROTOCOL } from '../protocol/messages.ts'
import type { ClientFault } from './errors.ts'
import type { NodeExtras, WebSocketConstructor, WebSocketLike } from './socket.ts'
import type { Wire, WireRequest } from './wire.ts'

/** No greeting within this: nothing is there that speaks to us. */
export const GREETING_TIMEOUT_MS = 10_000
/** Of heartbeats: silence for longer is a dead connection. */
const HEARTBEATS_MISSED = 2
/** After a pause of our own loop the timer may run before what has come meanwhile: so it looks twice. */
export const GRACE_MS = 500

const NORMAL = 1000
/** What a close is called that came without a close frame. */
export const ABNORMAL = 1006

/** Where a clock and timers come from. */
export interface Time {
  /** ms since the epoch. */
  readonly nowMs: () => number
  /** Runs something once, later; returns the function that calls it off. */
  readonly setTimer: (run: () => void, delayMs: number) => () => void
}

export interface ConnectionOptions {
  readonly address: string
  readonly wire: Wire
  readonly WebSocket: WebSocketConstructor
  readonly time: Time
}

/** How it ended. */
export interface Ending {
  readonly code: number
  readonly reason: string
}

export interface ConnectionListener {
  /** Before its messages are. */
  frame(bytes: number, count: number): void
  message(message: Message): void
  /** All messages of a frame have been handled. */
  frameEnd(): void
  fault(fault: ClientFault): void
  ended(ending: Ending): void
}

export class Connection {
  private readonly options: ConnectionOptions
  private readonly listener: ConnectionListener
  private readonly socket: WebSocketLike & NodeExtras
  private hasEnded = false
  /** What an error event said; browsers say nothing. */
  private trouble = ''
  private heardAtMs: number
  private quietMsMax = GREETING_TIMEOUT_MS
  private isSuspect = false
  private cancelTimer: () => void

  constructor(options: ConnectionOptions, listener: ConnectionListener) {
    this.options = options
    this.listener = listener
    const { WebSocket, address, wire, time } = options
    const socket = new WebSocket(address, [wire.subprotocol])
    socket.binaryType = 'arraybuffer'
    socket.onmessage = ({ data }) => this.read(data)
    socket.onerror = (event) => {
      if ('message' in event && typeof event.message === 'string') this.trouble = event.message
    }
    socket.onclose = ({ code, reason }) => this.end(code, reason || this.trouble)
    this.socket = socket
    this.heardAtMs = time.nowMs()
    this.cancelTimer = time.setTimer(() => this.look(), GREETING_TIMEOUT_MS)
  }

  send(request: WireRequest): void {
    if (!this.hasEnded) this.socket.send(this.options.wire.encode(request))
  }

  /** Leaves; nobody is told. */
  close(): void {
    if (this.hasEnded) return
    this.detach()
    this.socket.close(NORMAL)
  }

  /** Gives it up; the listener is told why. */
  fail(fault: ClientFault): void {
    if (this.hasEnded) return
    const { socket } = this
    this.detach()
    // A dead peer answers no close frame, and would be waited for.
    if (socket.terminate !== undefined) socket.terminate()
    else socket.close()
    this.listener.fault(fault)
    this.listener.ended({ code: ABNORMAL, reason: fault.name })
  }

  private read(data: unknown): void {
    const { listener, options } = this
    this.heardAtMs = options.time.nowMs()
    let messages: readonly Message[]
    try {
      messages = options.wire.decode(data)
    } catch (cause) {
      const what = cause instanceof Error ? cause.message : String(cause)
      const message = `not a frame of ${options.wire.subprotocol}: ${what}`
      return this.fail({ name: 'bad_frame', message })
    }
    listener.frame(typeof data === 'string' ? data.length : bytesOf(data), messages.length)
    for (const message of messages) {
      this.take(message)
      // A listener may close the client.
      if (this.hasEnded) return
    }
    listener.frameEnd()
  }

  private take(message: Message): void {
    if (message.type === 'hello') {
      if (message.protocol !== PROTOCOL) {
        const spoken = String(message.protocol).slice(0, 32)
        return this.fail({ name: 'bad_hello', message: `the server speaks ${spoken}` })
      }
      this.quietMsMax = HEARTBEATS_MISSED * message.heartbeatMs
      this.lookIn(this.quietMsMax)
    }
    this.listener.message(message)
    if (message.type === 'probe') {
      this.send({ method: 'ack', params: { number: message.number } })
    }
  }

  private look(): void {
    const nowMs = this.options.time.nowMs()
    // A clock that was set back has not heard anything in the future.
    if (this.socket.isPaused === true || nowMs < this.heardAtMs) this.heardAtMs = nowMs
    const quietMs = nowMs - this.heardAtMs
    if (quietMs < this.quietMsMax) {
      this.isSuspect = false
      return this.lookIn(this.quietMsMax - quietMs)
    }
    if (this.isSuspect) {
      return this.fail({ name: 'silent', message: `nothing came for ${Math.round(quietMs)} ms` })
    }
    this.isSuspect = true
    this.lookIn(GRACE_MS)
  }

  private lookIn(delayMs: number): void {
    this.cancelTimer()
    this.cancelTimer = this.options.time.setTimer(() => this.look(), delayMs)
  }

  private end(code: number, reason: string): void {
    if (this.hasEnded) return
    this.detach()
    this.listener.ended({ code, reason })
  }

  private detach(): void {
    this.hasEnded = true
    this.cancelTimer()
    const { socket } = this
    socket.onmessage = null
    socket.onclose = null
    // Package ws throws errors that nobody listens to, and leaving before the handshake is one.
    socket.onerror = () => {}
  }
}

function bytesOf(data: unknown): number {
  return data instanceof ArrayBuffer ? data.byteLength : 0
}
