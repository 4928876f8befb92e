/**
 * Link: one connection after the other: when one is lost, the next is tried after a while that nobody else waits too.
 * Next:  connection.ts
 */
import type { Hello, Message } from '../protocol/messages.ts'
import { Backoff, type BackoffSettings } from './backoff.ts'
import { Connection, type ConnectionOptions, type Ending } from './connection.ts'
import { faultOfClose, isTerminal, type OwnFaultName } from './errors.ts'
import type { ClientState, Ended } from './events.ts'
import type { WireRequest } from './wire.ts'

const NORMAL: Ended = { code: 1000, reason: 'closed by the client', fault: null }

export interface LinkOptions extends ConnectionOptions {
  /** null: a lost connection is the end. */
  readonly reconnect: BackoffSettings | null
  readonly random: () => number
}

export interface LinkListener {
  frame(bytes: number, messages: number): void
  opened(hello: Hello, isReconnect: boolean): void
  /** Any message but those that concern the connection alone. */
  message(message: Message): void
  frameEnd(): void
  fault(name: OwnFaultName, message: string): void
  /** The connection is gone; the next one is tried in `inMs`. */
  lost(ended: Ended, attempt: number, inMs: number): void
  /** For good. */
  closed(ended: Ended): void
}

export class Link {
  state: ClientState = 'connecting'
  /** The greeting of the present connection; null while there is none. */
  hello: Hello | null = null
  private readonly options: LinkOptions
  private readonly listener: LinkListener
  private readonly backoff: Backoff
  private connection: Connection
  private wasOpen = false
  private openedAtMs = 0
  private cancelTimer: () => void = () => {}

  constructor(options: LinkOptions, listener: LinkListener) {
    this.options = options
    this.listener = listener
    this.backoff = new Backoff(options.reconnect ?? { minMs: 0, maxMs: 0 }, options.random)
    this.connection = this.connect()
  }

  /** Sends a request, where there is somebody to send it to. */
  send(request: WireRequest): void {
    if (this.state === 'open') this.connection.send(request)
  }

  close(): void {
    if (this.state === 'closed') return
    this.cancelTimer()
    this.connection.close()
    this.finish(NORMAL)
  }

  private connect(): Connection {
    const { listener } = this
    return new Connection(this.options, {
      frame: (bytes, messages) => listener.frame(bytes, messages),
      message: (message) => this.take(message),
      frameEnd: () => listener.frameEnd(),
      fault: (name, message) => listener.fault(name, message),
      ended: (ending) => this.ended(ending),
    })
  }

  private take(message: Message): void {
    if (message.type !== 'hello') return this.listener.message(message)
    const isReconnect = this.wasOpen
    this.wasOpen = true
    this.state = 'open'
    this.hello = message
    this.openedAtMs = this.options.time.nowMs()
    this.listener.message(message)
    this.listener.opened(message, isReconnect)
  }

  private ended({ code, reason, goaway }: Ending): void {
    const { backoff, options, listener } = this
    if (this.hello !== null) backoff.lasted(options.time.nowMs() - this.openedAtMs)
    this.hello = null
    const ended: Ended = { code, reason, fault: faultOfClose(code) }
    if (options.reconnect === null || isTerminal(code)) return this.finish(ended)
    this.state = 'reconnecting'
    const inMs = goaway === null ? backoff.nextMs() : backoff.betweenMs(goaway.reconnectMs)
    this.cancelTimer = options.time.setTimer(() => {
      this.connection = this.connect()
    }, inMs)
    listener.lost(ended, backoff.attempt, inMs)
  }

  private finish(ended: Ended): void {
    this.state = 'closed'
    this.hello = null
    this.listener.closed(ended)
  }
}
