/**
 * Tail socket: package ws as the SDK takes it, with what a command line wants to know beyond it: why a handshake was
 * refused, and a way to read no more for a while.
 */
import { WebSocket } from 'ws'
import type { WebSocketConstructor } from '../client/index.ts'

const HANDSHAKE_TIMEOUT_MS = 10_000
const FRAME_BYTES_MAX = 64 * 1024 * 1024
const REFUSAL_CHARS_MAX = 2_000

export interface SocketHooks {
  /** The socket that is used from now on. */
  readonly made: (socket: WebSocket) => void
  /** It cannot be had, in words for a person. */
  readonly failed: (why: string) => void
}

/** A constructor of sockets that tell of themselves; `url` is what the user calls the server. */
export function socketsFor(url: string, hooks: SocketHooks): WebSocketConstructor {
  return class extends WebSocket {
    constructor(address: string, protocols: string[]) {
      super(address, protocols, {
        handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
        maxPayload: FRAME_BYTES_MAX,
        perMessageDeflate: false,
      })
      let isRefused = false
      this.on('error', (error) => {
        // The refusal said more.
        if (!isRefused) hooks.failed(explain(error, url))
      })
      this.on('unexpected-response', (_request, response) => {
        isRefused = true
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (text: string) => {
          if (body.length < REFUSAL_CHARS_MAX) body += text
        })
        response.on('close', () => {
          const status = `HTTP ${response.statusCode} ${body.trim()}`
          hooks.failed(`${url} refused the connection: ${status}`)
          // Whoever listens for this has to end it as well.
          this.terminate()
        })
      })
      hooks.made(this)
    }
  }
}

function explain(error: Error & { code?: string }, url: string): string {
  if (error.code === 'ECONNREFUSED') return `nothing listens at ${url} (connection refused)`
  if (error.code === 'ENOTFOUND') return `no such host: ${url}`
  return `${url}: ${error.message || error.code || 'the connection failed'}`
}
