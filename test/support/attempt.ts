/**
 * Attempt: one way to get at data, over a real socket: connects, says what it has to say, and keeps every byte that
 * comes back.
 */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { unpack } from 'msgpackr'
import { WebSocket } from 'ws'
import { eventually } from './eventually.ts'

export interface AttemptOptions {
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly protocols?: readonly string[]
  /** Requests that are sent as soon as the connection is open, before anything is read. */
  readonly first?: readonly object[]
}

export class Attempt {
  /** All that came, as JSON. */
  text = ''
  /** The status where the handshake was refused; 101 where it was not. */
  status = 0
  /** With which the connection was closed; null while it is open. */
  code: number | null = null
  private readonly socket: WebSocket

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: Buffer, isBinary) => {
      this.text += isBinary ? JSON.stringify(unpack(data)) : data.toString()
    })
    socket.on('close', (code) => {
      this.code = code
    })
    socket.on('error', () => {}) // a close follows
    socket.on('open', () => {
      this.status = 101
    })
    socket.on('unexpected-response', (_, response: IncomingMessage) => {
      this.status = response.statusCode!
      response.setEncoding('utf8').on('data', (text: string) => {
        this.text += text
      })
    })
  }

  /** Connects, and waits for the greeting, or for being refused. */
  static async start(url: string, options: AttemptOptions = {}): Promise<Attempt> {
    const { query = '', headers = {}, protocols = ['tickwire.v1.json'], first = [] } = options
    const socket = new WebSocket(`${url}/ws${query}`, [...protocols], { headers })
    const attempt = new Attempt(socket)
    socket.on('open', () => attempt.say(...first))
    await eventually(() => attempt.text !== '' || attempt.code !== null)
    return attempt
  }

  /** Sends requests without waiting for anything. */
  say(...requests: object[]): void {
    for (const request of requests) this.socket.send(JSON.stringify(request))
  }

  /** Waits until all that it has been sent by now is here, or it is closed. */
  async settled(): Promise<void> {
    if (this.code !== null || this.status !== 101) return
    const id = `end-${Math.random()}`
    this.say({ id, method: 'ping' })
    await eventually(() => this.code !== null || this.text.includes(id))
  }

  async end(): Promise<void> {
    if (this.code !== null || this.status !== 101) return
    this.socket.close()
    await once(this.socket, 'close')
  }
}
