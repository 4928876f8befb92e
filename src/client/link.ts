/**
 * Link: which connection is shown, and which one comes after it. When one is lost, the next is tried after a while that
 * nobody else waits too; when its server says that it goes away, the next is opened before it is left.
 * Holds: there are two connections at most; one that lives is left only for one that has caught up.
 * Next:  session.ts
 */
import type { Goaway, Hello } from '../protocol/messages.ts'
import { Backoff, type BackoffSettings } from './backoff.ts'
import type { Ending } from './connection.ts'
import { BAD_TOKEN, faultOfClose, isTerminal } from './errors.ts'
import type { ClientState, Ended } from './events.ts'
import { Session, type SessionListener, type SessionOptions } from './session.ts'

const NORMAL: Ended = { code: 1000, reason: 'closed by the client', fault: null }

export interface LinkOptions extends SessionOptions {
  /** null: a lost connection is the end. */
  readonly reconnect: BackoffSettings | null
}

type Told = Omit<SessionListener, 'greeted' | 'goaway' | 'frameEnd' | 'ended'>

export interface LinkListener extends Told {
  /** The session is shown from now on. */
  opened(session: Session, hello: Hello, isReconnect: boolean): void
  frameEnd(): void
  /** The connection is gone; the next one is tried in `inMs`. */
  lost(ended: Ended, attempt: number, inMs: number): void
  /** For good. */
  closed(ended: Ended): void
}

export class Link {
  state: ClientState = 'connecting'
  /** What is shown, also after its end; null before the first greeting. */
  current: Session | null = null
  private next: Session | null = null
  private readonly options: LinkOptions
  private readonly listener: LinkListener
  private readonly backoff: Backoff
  private nextAtMs = 0
  private cancelTimer: (() => void) | null = null

  constructor(options: LinkOptions, listener: LinkListener) {
    this.options = options
    this.listener = listener
    this.backoff = new Backoff(options.reconnect ?? { minMs: 0, maxMs: 0 }, options.random)
    this.open()
  }

  /** All that there are: one, or two while it moves. */
  get sessions(): Session[] {
    return [this.current, this.next].filter((session) => session !== null)
  }

  close(): void {
    if (this.state !== 'closed') this.finish(NORMAL)
  }

  private open(): void {
    const { listener } = this
    this.cancelTimer = null
    this.next = new Session(this.options, {
      frame: (bytes, messages) => listener.frame(bytes, messages),
      message: (message) => listener.message(message),
      fault: (fault) => listener.fault(fault),
      data: (session, message, taken) => listener.data(session, message, taken),
      answered: (session, answer) => listener.answered(session, answer),
      identified: (session, answer, lost) => listener.identified(session, answer, lost),
      expiring: (session, expiresAt) => listener.expiring(session, expiresAt),
      status: (session) => listener.status(session),
      greeted: () => {
        if (this.state !== 'open') this.promote()
      },
      goaway: (session, goaway) => this.leave(session, goaway),
      frameEnd: (session) => this.frameEnd(session),
      ended: (session, ending) => this.ended(session, ending),
    })
  }

  private openIn(delayMs: number): void {
    const { time } = this.options
    this.nextAtMs = time.nowMs() + delayMs
    this.cancelTimer = time.setTimer(() => this.open(), delayMs)
  }

  /** The next one is shown from now on. */
  private promote(): void {
    const { current: before, next } = this
    if (next === null || next.hello === null) return
    this.current = next
    this.next = null
    this.state = 'open'
    before?.close()
    this.listener.opened(next, next.hello, before !== null)
    this.move()
  }

  private frameEnd(session: Session): void {
    if (session === this.next && this.mayPromote(session)) this.promote()
    this.listener.frameEnd()
  }

  /** A source that is heard is not given up for one that is not. */
  private mayPromote(next: Session): boolean {
    const isWorse = next.feed.feed !== 'live' && this.current?.feed.feed === 'live'
    return !isWorse && next.isCaughtUp
  }

  private leave(session: Session, { reconnectMs }: Goaway): void {
    session.leaveAtMs = this.options.time.nowMs() + this.backoff.betweenMs(reconnectMs)
    this.move()
  }

  /** Has the next one opened in time, where what is shown is to be left. */
  private move(): void {
    const { current, next, cancelTimer, options, state } = this
    if (current === null || current.leaveAtMs === null || options.reconnect === null) return
    if (state !== 'open' || next !== null || cancelTimer !== null) return
    this.openIn(Math.max(0, current.leaveAtMs - options.time.nowMs()))
  }

  private ended(session: Session, { code, reason }: Ending): void {
    const { backoff, options, listener } = this
    const ended: Ended = { code, reason, fault: faultOfClose(code) }
    const { token, time } = options
    const isFinal = code === BAD_TOKEN ? token.refused() : isTerminal(code)
    const isOfNext = session === this.next
    if (isOfNext) this.next = null
    if (isOfNext && this.state === 'open') return this.moveFailed(ended, isFinal)
    if (options.reconnect === null || isFinal) return this.finish(ended)
    if (!isOfNext) backoff.lasted(time.nowMs() - session.openedAtMs)
    if (this.next?.isOpen) return this.promote()
    this.state = 'reconnecting'
    if (this.next === null && this.cancelTimer === null) this.openIn(backoff.nextMs())
    listener.lost(ended, backoff.attempt, Math.max(0, this.nextAtMs - time.nowMs()))
  }

  /** The one that is shown lives still. Where trying again is no use, its end will be the end. */
  private moveFailed({ code, reason }: Ended, isFinal: boolean): void {
    const message = `the server goes away, and the next connection failed: ${code} ${reason}`
    this.listener.fault({ name: 'move_failed', message: message.trimEnd() })
    if (!isFinal && this.state === 'open') this.openIn(this.backoff.nextMs())
  }

  private finish(ended: Ended): void {
    this.cancelTimer?.()
    this.cancelTimer = null
    for (const session of this.sessions) session.close()
    this.state = 'closed'
    this.listener.closed(ended)
  }
}
