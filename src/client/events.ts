/**
 * Events: what the client tells its user, and the listeners.
 * Holds: a listener that throws disturbs neither the client nor the others.
 */
import type { FaultName } from '../protocol/faults.ts'
import type { Hello, Message, Status } from '../protocol/messages.ts'
import type { Identity } from './auth.ts'
import type { ClientFault } from './errors.ts'

/** `connecting`: never open yet; `reconnecting`: gone, and coming back; `closed`: for good. */
export type ClientState = 'connecting' | 'open' | 'reconnecting' | 'closed'

/**
 * Why data is not to be believed: no connection; its source is silent or gone; connected again, but some records are
 * still those of the connection before.
 */
export type StaleReason = 'disconnected' | 'feed_stale' | 'feed_down' | 'catching_up'

export interface ClientEvents {
  /** A connection was greeted, or has taken the place of one whose server is going away. */
  readonly open: { readonly hello: Hello; readonly isReconnect: boolean }
  /** The feed's state, at each change and with each connection. */
  readonly status: Pick<Status, 'feed' | 'since'>
  /** Data is not to be believed from now on, or for another reason than before. */
  readonly stale: { readonly reason: StaleReason; readonly since: number }
  /** Every record is of this connection, and the source is heard. */
  readonly live: { readonly since: number }
  /** The connection is lost, and the next one is tried in `inMs`. */
  readonly reconnecting: Ended & { readonly attempt: number; readonly inMs: number }
  /** The client has ended: closed by its user, or by the server for good. */
  readonly close: Ended
  readonly fault: ClientFault
  /** The server has taken a token, at first or anew. */
  readonly identity: Identity
  /** The token expires soon: a function is asked for another one, a text cannot be renewed. */
  readonly expiring: { readonly expiresAt: number }
  /** The server knows no value of these topics any more, or the token does not allow them any more. */
  readonly gone: { readonly topics: readonly string[] }
  /** Each message of any connection as it came, before anything is made of it: for tools. */
  readonly message: Message
}

/** How a connection ended. */
export interface Ended {
  readonly code: number
  readonly reason: string
  readonly fault: FaultName | null
}

export type EventName = keyof ClientEvents
export type Listener<Name extends EventName> = (event: ClientEvents[Name]) => void

export class Events {
  private readonly listeners = new Map<EventName, Set<(event: never) => void>>()

  /** Adds a listener; returns the function that removes it. */
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    // Wrapped: the same function added twice is two listeners.
    const added = (event: ClientEvents[Name]) => listener(event)
    const set = this.listeners.get(name) ?? new Set()
    this.listeners.set(name, set)
    set.add(added)
    return () => void set.delete(added)
  }

  emit<Name extends EventName>(name: Name, event: ClientEvents[Name]): void {
    const set = this.listeners.get(name) as Set<Listener<Name>> | undefined
    if (set === undefined) return
    for (const listener of set) {
      if (name === 'fault') attempt(() => listener(event), throwLater)
      else this.guard(() => listener(event))
    }
  }

  /** Runs a listener; what it throws becomes a fault, or an uncaught error where nobody listens to faults. */
  guard(run: () => void): void {
    attempt(run, (cause) => {
      if ((this.listeners.get('fault')?.size ?? 0) === 0) return throwLater(cause)
      const what = cause instanceof Error ? cause.message : String(cause)
      this.emit('fault', { name: 'listener_failed', message: `a listener threw: ${what}`, cause })
    })
  }
}

function attempt(run: () => void, otherwise: (cause: unknown) => void): void {
  try {
    run()
  } catch (cause) {
    otherwise(cause)
  }
}

/** Where it meets the program's own handler, and not what the client is in the middle of. */
function throwLater(cause: unknown): void {
  setTimeout(() => {
    throw cause
  })
}
