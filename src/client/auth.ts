/**
 * Auth: says who the client is on one connection, and again before that expires.
 * Next:  token.ts
 */
import type { ErrorMessage, Hello, Pong, Result } from '../protocol/messages.ts'
import { Backoff, type BackoffSettings } from './backoff.ts'
import type { Time } from './connection.ts'
import { asClientFault, type ClientFault } from './errors.ts'
import type { TokenSource } from './token.ts'
import type { WireRequest } from './wire.ts'

/** Who the server takes the client for. */
export interface Identity {
  /** Whose token it is; null where it does not say. */
  readonly subject: string | null
  /** Until when it serves, ms since the epoch; null where it does not say. */
  readonly expiresAt: number | null
}

export interface AuthPorts {
  readonly send: (request: WireRequest) => void
  /** The token has been sent, or none is needed: requests may follow. */
  readonly ready: () => void
  /** There is no token to begin with. */
  readonly failed: (fault: ClientFault) => void
  /** The server has taken it. */
  readonly accepted: (outcomes: Result['topics']) => void
  /** It was not taken, or there is none to renew it; the connection goes on. */
  readonly fault: (fault: ClientFault) => void
}

/** A token that could not be renewed is tried again; the server says well before that it expires. */
const RETRY: BackoffSettings = { minMs: 1_000, maxMs: 15_000 }

export class Auth {
  identity: Identity | null = null
  private readonly source: TokenSource
  private readonly time: Time
  private readonly ports: AuthPorts
  private readonly backoff: Backoff
  private count = 0
  private isWaiting = false
  /** A newer token is being had, or will be tried for again. */
  private isRenewing = false
  private cancel: () => void = () => {}

  constructor(source: TokenSource, time: Time, random: () => number, ports: AuthPorts) {
    this.source = source
    this.time = time
    this.ports = ports
    this.backoff = new Backoff(RETRY, random)
  }

  /** Whether the server has answered what it was sent. */
  get isSettled(): boolean {
    return !this.isWaiting
  }

  /**
   * The server has greeted. It speaks first, so nothing is lost by waiting for that, and no token goes to a server that
   * wants none.
   */
  begin({ auth }: Hello): void {
    const isWanted = auth === 'required' || auth === 'anonymous'
    if (!isWanted || !this.source.isGiven) return this.ports.ready()
    this.cancel = this.source.take(
      (token) => {
        this.send(token)
        this.ports.ready()
      },
      (cause) => this.ports.failed(failure(cause)),
    )
  }

  /** The token expires soon. A text can not be renewed. */
  expiring(): void {
    // A server that says so without end must not have the function called without end.
    if (this.source.isRenewable && !this.isRenewing && !this.isWaiting) this.renew()
  }

  /** Takes in an answer; returns whether it was one to this. */
  answered(message: Result | ErrorMessage | Pong): boolean {
    const isOwn = typeof message.id === 'string' && message.id.startsWith('auth-')
    if (!isOwn || message.type === 'pong') return false
    if (message.id !== this.id) return true
    this.isWaiting = false
    if (message.type === 'error') {
      this.ports.fault(asClientFault(message))
      if (this.source.isRenewable || message.name !== 'bad_token') this.retry()
      return true
    }
    this.backoff.attempt = 0
    this.source.accepted()
    this.identity = { subject: message.subject ?? null, expiresAt: message.expiresAt ?? null }
    this.ports.accepted(message.topics)
    return true
  }

  end(): void {
    this.cancel()
  }

  private get id(): string {
    return `auth-${this.count}`
  }

  private send(token: string): void {
    this.count++
    this.isWaiting = true
    this.ports.send({ id: this.id, method: 'auth', params: { token } })
  }

  private renew(): void {
    this.cancel()
    this.isRenewing = true
    this.cancel = this.source.take(
      (token) => {
        this.isRenewing = false
        this.send(token)
      },
      (cause) => {
        this.ports.fault(failure(cause))
        this.retry()
      },
    )
  }

  private retry(): void {
    this.cancel()
    this.isRenewing = true
    this.cancel = this.time.setTimer(() => this.renew(), this.backoff.nextMs())
  }
}

/** What the function threw is its owner's; it is passed on as it is, and never put into a text. */
function failure(cause: unknown): ClientFault {
  return { name: 'token_failed', message: 'no token could be had', cause }
}
