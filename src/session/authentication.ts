/**
 * Authentication: whose a session is, from its first token to the last. One token is checked at a time; the session
 * holds what comes meanwhile.
 */
import type { AccessCounters } from '../access/counters.ts'
import { ANYBODY, hasExpired, type Identity, type Verifier } from '../access/identity.ts'
import { type FaultName, faultBody, ProtocolError } from '../protocol/faults.ts'
import type { AuthState, Message, RequestId, Result } from '../protocol/messages.ts'
import type { Bound, Deadlines } from './deadlines.ts'
import type { Roster } from './roster.ts'

/** What all sessions of a server share. */
export interface AuthHost {
  /** null: no tokens are needed. */
  readonly verifier: Verifier | null
  readonly roster: Roster
  readonly deadlines: Deadlines
  /** Clients that are not greeted yet: the token of their handshake is being checked. */
  readonly arrivals: Set<AuthClient>
  readonly access: AccessCounters
  /** How long before its token's end a client is told, ms. */
  readonly authNoticeMs: number
  readonly limits: { readonly authTimeoutMs: number }
}

/** The session, as it is seen from here. */
export interface AuthClient {
  reply(message: Message): void
  /** Tells of a request that is refused, and counts it. */
  refuse(id: RequestId, error: ProtocolError): void
  close(fault: FaultName): void
  /** The identity is another: returns the outcome of each subscription that this changes. */
  reconsider(before: Identity): Result['topics']
  /** It is known whose the session is, as which the client is told so. */
  greet(): void
  /** A token has been checked, whatever came of it: what was held may go on. */
  resume(): void
}

export class Authentication implements Bound {
  /** Nobody's before the first token. */
  identity: Identity
  /** A token is being checked. */
  isChecking = false
  private readonly host: AuthHost
  private readonly client: AuthClient
  private readonly sinceMs: number
  private isOver = false
  private wasTold = false

  /** `nowMs` is of a clock that only runs on. */
  constructor(host: AuthHost, client: AuthClient, nowMs: number) {
    this.host = host
    this.client = client
    this.identity = host.verifier?.anonymous ?? ANYBODY
    this.sinceMs = nowMs
  }

  get state(): AuthState {
    const { verifier } = this.host
    if (verifier === null) return 'off'
    if (this.identity.subject !== null) return 'done'
    return verifier.isAnythingPublic ? 'anonymous' : 'required'
  }

  /** Takes the place of its subject, if it came with a token; false where there is none left. */
  begin(): boolean {
    const { host, identity, state } = this
    if (state === 'done' && !host.roster.enter(identity.subject!)) {
      this.isOver = true
      return false
    }
    if (state === 'done' || state === 'required') host.deadlines.add(this)
    return true
  }

  /** The connection is gone; what is being checked is for nobody. */
  end(): void {
    if (this.isOver) return
    this.isOver = true
    this.host.arrivals.delete(this.client)
    this.host.deadlines.remove(this)
    if (this.identity.subject !== null) this.host.roster.leave(this.identity.subject)
  }

  /** Checks the token that came with the handshake: the client is greeted as whose it is, or closed. */
  async checkFirst(token: string): Promise<void> {
    const { client, host } = this
    host.arrivals.add(client)
    const outcome = await this.outcomeOf(token)
    host.arrivals.delete(client)
    if (this.isOver) return
    this.isChecking = false
    if (outcome instanceof ProtocolError) return this.refuse(null, outcome)
    this.identity = outcome
    client.greet()
    client.resume()
  }

  /** Checks a token, and answers the request that brought it. */
  async check(id: RequestId, token: string): Promise<void> {
    const outcome = await this.outcomeOf(token)
    if (this.isOver) return
    this.isChecking = false
    if (outcome instanceof ProtocolError) this.refuse(id, outcome)
    else this.accept(id, outcome)
    this.client.resume()
  }

  /** Tells the client before its token ends, and closes it after, or where none came in time. */
  review(nowMs: number, wallMs: number): void {
    const { client, host, identity } = this
    if (identity.subject === null) {
      const isLate = nowMs - this.sinceMs >= host.limits.authTimeoutMs && !this.isChecking
      if (isLate) client.close('auth_timeout')
      return
    }
    const leftMs = identity.expiresAtMs - wallMs
    if (hasExpired(identity, wallMs)) client.close('auth_expired')
    else if (leftMs <= host.authNoticeMs && !this.wasTold) {
      this.wasTold = true
      client.reply({ type: 'auth_expiring', expiresAt: identity.expiresAtMs })
    }
  }

  /** Whoever asks says when it is over: what comes before that waits. */
  private async outcomeOf(token: string): Promise<Identity | ProtocolError> {
    this.isChecking = true
    try {
      return await this.host.verifier!.verify(token)
    } catch (error) {
      if (error instanceof ProtocolError) return error
      throw error
    }
  }

  private accept(id: RequestId, identity: Identity): void {
    const { client, host } = this
    const subject = identity.subject!
    if (this.identity.subject === null) {
      if (!host.roster.enter(subject)) return client.close('too_many_connections')
    } else if (subject !== this.identity.subject) {
      host.access.failures.other_subject++
      return client.refuse(id, new ProtocolError('bad_token', 'it is of another subject'))
    }
    const before = this.identity
    this.identity = identity
    this.wasTold = false
    host.deadlines.add(this)
    const topics = client.reconsider(before)
    client.reply({ type: 'result', id, subject, expiresAt: identity.expiresAtMs, topics })
  }

  /** A bad token ends a connection that has no better one. */
  private refuse(id: RequestId, error: ProtocolError): void {
    const { client } = this
    if (this.identity.subject !== null) return client.refuse(id, error)
    // The close counts the fault.
    client.reply({ type: 'error', id, ...faultBody(error.fault, error.detail) })
    client.close(error.fault)
  }
}
