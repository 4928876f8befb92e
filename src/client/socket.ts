/**
 * Socket: what the client needs of a WebSocket: the browser's own interface, which package `ws` has as well.
 */
import { TickwireClientError } from './errors.ts'

/** Written as a method, so that sockets whose events say more fit too. */
type Handler<Event> = { handle(event: Event): void }['handle'] | null

export interface WebSocketLike {
  binaryType: string
  onmessage: Handler<{ readonly data: unknown }>
  onclose: Handler<{ readonly code: number; readonly reason: string }>
  onerror: Handler<object>
  send(data: string | Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
}

/** What package `ws` has beyond that. */
export interface NodeExtras {
  terminate?(): void
  /** While the reader itself has paused the socket, silence says nothing. */
  readonly isPaused?: boolean
}

export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike

/** The constructor that was given, or the platform's own. Throws where there is neither. */
export function constructorOr(given: WebSocketConstructor | undefined): WebSocketConstructor {
  const { WebSocket } = globalThis as unknown as { WebSocket?: WebSocketConstructor }
  const found = given ?? WebSocket
  if (found !== undefined) return found
  throw new TickwireClientError('no WebSocket here: pass one, such as that of package ws')
}

/**
 * The URL to connect to: ws:// or wss://, or relative to the page, with the kind of probe that is asked for. Throws for
 * what is none.
 */
export function addressOf(text: string, probes: string): string {
  const { location } = globalThis as unknown as { location?: { href: string } }
  const base = location?.href
  if (!URL.canParse(text, base)) throw new TickwireClientError(`not a URL: '${text}'`)
  const url = new URL(text, base)
  url.protocol = url.protocol.replace(/^http/, 'ws')
  if (!/^wss?:$/.test(url.protocol)) {
    throw new TickwireClientError(`not a ws:// or wss:// URL: '${text}'`)
  }
  url.hash = ''
  url.searchParams.set('probe', probes)
  return url.href
}
