/**
 * A server by hand: each connection is a socket whose requests a test reads and whose messages it writes, in json.
 */
import { type ClientOptions, TickwireClient } from '../../src/client/index.ts'
import type { WebSocketLike } from '../../src/client/socket.ts'
import type {
  AuthState,
  ErrorMessage,
  Hello,
  Message,
  Result,
} from '../../src/protocol/messages.ts'
import { HEARTBEAT_MS, LIMITS } from './fake-server.ts'
import { ManualTime } from './manual-time.ts'

const HELLO: Hello = {
  ...{ type: 'hello', protocol: 'tickwire.v1', server: 'hand', source: 'simulator' },
  ...{ feed: 'live', heartbeatMs: HEARTBEAT_MS, probe: 'message', auth: 'off', limits: LIMITS },
}

export interface HandRequest {
  readonly id: number | string
  readonly method: string
  readonly params: { readonly topics?: string[]; readonly token?: string }
}

export class HandSocket implements WebSocketLike {
  binaryType = 'blob'
  onmessage: WebSocketLike['onmessage'] = null
  onclose: WebSocketLike['onclose'] = null
  onerror: WebSocketLike['onerror'] = null
  isClosed = false
  /** What the client has sent and nobody has answered. */
  readonly requests: HandRequest[] = []

  send(data: string | Uint8Array): void {
    this.requests.push(JSON.parse(String(data)))
  }

  close(): void {
    this.isClosed = true
  }

  say(...messages: Message[]): void {
    this.onmessage?.({ data: JSON.stringify(messages) })
  }

  greet(auth: AuthState, more: Partial<Hello> = {}): void {
    this.say({ ...HELLO, auth, ...more })
  }

  /** Answers the oldest request, which must be of the method. */
  answer(method: string, message: Omit<Result, 'id'> | Omit<ErrorMessage, 'id'>): HandRequest {
    const request = this.requests.shift()
    if (request?.method !== method) throw new Error(`asked ${request?.method}, not ${method}`)
    this.say({ ...message, id: request.id } as Message)
    return request
  }

  /** Accepts a subscribe, with these many values of each name. */
  accept(count: number, more: { readonly delayedMs?: number } = {}): HandRequest {
    const topics = (this.requests[0]?.params.topics ?? []).map((topic) => ({
      ...{ topic, mode: 'full' as const, intervalMs: 0, held: count > 0, heldCount: count },
      ...more,
    }))
    return this.answer('subscribe', { type: 'result', topics })
  }

  drop(code: number, reason = ''): void {
    this.isClosed = true
    this.onclose?.({ code, reason })
  }
}

/** A client whose servers are a test's. */
export function byHand(options: ClientOptions = {}) {
  const time = new ManualTime()
  const sockets: HandSocket[] = []
  const client = new TickwireClient('ws://hand/ws', {
    random: () => 0.5,
    now: time.now,
    setTimer: time.setTimer,
    WebSocket: class extends HandSocket {
      constructor() {
        super()
        sockets.push(this)
      }
    },
    ...options,
  })
  return { time, sockets, client }
}
