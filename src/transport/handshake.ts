/**
 * Handshake: who gets a WebSocket connection, as what; the cheapest questions first.
 */
import type { HttpRequest, HttpResponse, us_socket_context_t } from 'uWebSockets.js'
import type { Dialect } from '../protocol/dialect.ts'
import { DEFAULT_DIALECT } from '../protocol/dialects.ts'
import { closeCodeOf, type FaultName, ProtocolError } from '../protocol/faults.ts'
import type { ProbeKind } from '../protocol/messages.ts'
import type { Session, SessionHost } from '../session/session.ts'
import type { Addresses } from './addresses.ts'
import type { Admission } from './admission.ts'
import { dialectsOffered, tokenOf } from './bearer.ts'
import { Bucket } from './bucket.ts'
import { count, type TransportCounters } from './counters.ts'
import { headersOf } from './headers.ts'
import { negotiate, probeKind } from './negotiate.ts'
import type { Origins } from './origins.ts'
import type { SocketOutlet } from './outlet.ts'
import { sendFault } from './respond.ts'

/**
 * So many a second, and at once, are let in to be told by a close code why they may not come in. Whoever of them does not
 * close its side lingers for some 15 s, so this bounds how many there are. Not of those who had a place and lost it, by a
 * bad token for one: they spent an accept, and descriptors.ts is the bound.
 */
export const FAREWELLS_PER_S = 100

export interface HandshakePorts {
  readonly host: SessionHost
  readonly counters: TransportCounters
  readonly addresses: Addresses
  readonly origins: Origins
  readonly admission: Admission
  /** Whether who is refused is let in and closed, so that browsers can read why. */
  readonly closesRefused: boolean
  readonly tokenInQuery: boolean
  readonly isDraining: () => boolean
}

/** What a socket carries; uWebSockets.js copies the fields onto the socket. */
export interface Peer {
  readonly dialect: Dialect
  readonly probes: ProbeKind
  readonly address: string
  /** The token it came with, until its session checks it; null for none. */
  token: string | null
  /** Why it is closed as soon as it is open; null for whoever may stay. */
  readonly farewell: FaultName | null
  session: Session | null
  outlet: SocketOutlet | null
}

/** A request, as it is answered. */
interface Asked {
  readonly res: HttpResponse
  readonly context: us_socket_context_t
  readonly address: string
  readonly key: string
  readonly extensions: string
  readonly offered: string
}

interface Agreed {
  readonly dialect: Dialect
  readonly subprotocol: string | null
  readonly probes: ProbeKind
}

export class Handshakes {
  private readonly ports: HandshakePorts
  private readonly farewells: Bucket

  constructor(ports: HandshakePorts, nowMs: number) {
    this.ports = ports
    this.farewells = new Bucket(FAREWELLS_PER_S, FAREWELLS_PER_S, nowMs)
  }

  /**
   * Answers a request for a WebSocket, in the turn in which it came: this build may close a socket that is upgraded later
   * (it takes what it reads there for HTTP's `Connection: close`), so a token is checked behind the upgrade.
   */
  answer(res: HttpResponse, req: HttpRequest, context: us_socket_context_t): void {
    const { addresses, admission, host, tokenInQuery } = this.ports
    const { verifier } = host
    const asked: Asked = {
      res,
      context,
      address: addresses.of(res, req),
      key: req.getHeader('sec-websocket-key'),
      extensions: req.getHeader('sec-websocket-extensions'),
      offered: dialectsOffered(req.getHeader('sec-websocket-protocol')),
    }
    try {
      this.checkWelcome(asked, req)
      const agreed = this.agree(asked, req)
      // Where none are needed, those that come are not looked at.
      const token = verifier === null ? null : tokenOf(req, tokenInQuery)
      admission.enter(asked.address, host.flush.nowMs())
      this.upgrade(asked, agreed.subprotocol, { ...agreed, token, farewell: null })
    } catch (error) {
      this.refuse(asked, error)
    }
  }

  /** Gives back the place of a connection that is gone. */
  left(address: string): void {
    this.ports.admission.leave(address)
  }

  private checkWelcome({ address }: Asked, req: HttpRequest): void {
    const { origins, admission, host } = this.ports
    if (this.ports.isDraining()) throw new ProtocolError('restart', 'come back later')
    const origin = req.getHeader('origin')
    if (!origins.allows(origin, () => headersOf(req, 'host'))) {
      throw new ProtocolError('bad_origin', 'TICKWIRE_ALLOWED_ORIGINS of the server names others')
    }
    admission.check(address, host.flush.nowMs())
  }

  private agree({ offered }: Asked, req: HttpRequest): Agreed {
    const query = req.getQuery()
    const choice = negotiate(offered, query ? req.getQuery('dialect') : undefined)
    if ('refusal' in choice) throw new ProtocolError('unknown_dialect', choice.refusal)
    const probes = probeKind(query ? req.getQuery('probe') : undefined)
    if (typeof probes === 'object') throw new ProtocolError('unknown_probe', probes.refusal)
    // Without credit nothing is probed but by uWebSockets.js itself.
    return { ...choice, probes: this.ports.host.credit === null ? 'ping' : probes }
  }

  /** Tells a client by HTTP why it may not come in, or by a close code. Throws what is no ProtocolError. */
  private refuse(asked: Asked, error: unknown): void {
    if (!(error instanceof ProtocolError)) throw error
    const { counters, closesRefused, host } = this.ports
    const { fault } = error
    count(counters.refused, fault)
    const isTold = closesRefused && closeCodeOf(fault) !== null
    const choice = isTold ? negotiate(asked.offered, undefined) : null
    if (choice === null || 'refusal' in choice || !this.farewells.take(host.flush.nowMs())) {
      return sendFault(asked.res, counters, fault, error.detail, { isLast: true })
    }
    counters.faults[fault]++
    const { subprotocol } = choice
    const dialect = DEFAULT_DIALECT
    const who = {
      dialect,
      probes: 'ping' as const,
      token: null,
      farewell: fault,
    }
    this.upgrade(asked, subprotocol, who)
  }

  private upgrade(
    asked: Asked,
    subprotocol: string | null,
    who: Pick<Peer, 'dialect' | 'probes' | 'token' | 'farewell'>,
  ): void {
    const { res, key, extensions, context, address } = asked
    const { dialect, probes, token, farewell } = who
    const peer: Peer = {
      dialect,
      probes,
      address,
      token,
      farewell,
      session: null,
      outlet: null,
    }
    res.upgrade(peer, key, subprotocol ?? '', extensions, context)
  }
}
