/**
 * Options: what a client may be told, and what it says of itself in figures.
 */
import type { BackoffSettings } from './backoff.ts'
import type { Time } from './connection.ts'
import { TickwireClientError } from './errors.ts'
import type { WebSocketConstructor } from './socket.ts'
import type { Token } from './token.ts'
import { WIRES, type Wire, type WireName } from './wire.ts'

const RECONNECT: BackoffSettings = { minMs: 250, maxMs: 15_000 }

export interface ClientOptions {
  /** How messages are written: `json` (default) or `msgpack`, which is smaller. */
  readonly dialect?: WireName
  /** Needed where the platform has none: in Node 20 that of package `ws`. */
  readonly WebSocket?: WebSocketConstructor
  /** Who the client is, for servers that want to know: a token, or a function that is called for each one needed. */
  readonly token?: Token
  /**
   * How the server measures how far this client has read. `message` (default) reaches the program; `ping` only the
   * WebSocket's own code, which in a browser may be far ahead of a busy script.
   */
  readonly probes?: 'message' | 'ping'
  /** Bounds of the random wait before a try; false: a lost connection is the end. */
  readonly reconnect?: Partial<BackoffSettings> | false
  /** For tests: from 0 to 1. */
  readonly random?: () => number
  /** For tests: ms since the epoch. */
  readonly now?: () => number
  /** For tests: runs something once, later; returns the function that calls it off. */
  readonly setTimer?: Time['setTimer']
}

export interface ClientStats {
  readonly messages: number
  /** Of frames' content; in the json dialect characters, which is the same for ASCII. */
  readonly bytes: number
  readonly frames: number
  /** Values that were never sent, since newer ones took their place. */
  readonly superseded: number
  /** How often another connection has taken the place of the last one. */
  readonly reconnects: number
  /** Changes that did not fit what was here, which no server should send: the topic was begun anew. */
  readonly gaps: number
  /** The last round trip of a request; measured at each request, and by ping(). */
  readonly rttMs: number | undefined
}

/** Throws for a dialect that there is not. */
export function wireOf(dialect: WireName = 'json'): Wire {
  if (Object.hasOwn(WIRES, dialect)) return WIRES[dialect]
  throw new TickwireClientError(`no such dialect: '${dialect}'`)
}

/** The bounds to wait within, or null for a client that does not come back. Throws for what are none. */
export function boundsOf(given: ClientOptions['reconnect'] = {}): BackoffSettings | null {
  if (given === false) return null
  const { minMs, maxMs } = { ...RECONNECT, ...given }
  if (minMs >= 0 && maxMs >= minMs) return { minMs, maxMs }
  throw new TickwireClientError(`reconnect must have 0 <= minMs <= maxMs, not ${minMs}, ${maxMs}`)
}

/** The platform's own timers. */
export function realTimer(run: () => void, delayMs: number): () => void {
  const timer = setTimeout(run, delayMs)
  return () => clearTimeout(timer)
}
