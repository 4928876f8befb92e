/**
 * An independent client: package ws, and a State of its own.
 */
import { pack, unpack } from 'msgpackr'
import { WebSocket } from 'ws'
import { eventually } from './eventually.ts'
import { type AnyMessage, State } from './state.ts'

export interface ClientOptions {
  readonly dialect?: 'json' | 'msgpack'
  /** The only certificate (PEM) to be trusted, where the server speaks TLS. */
  readonly ca?: string
}

export class Client extends State {
  readonly socket: WebSocket
  /** Everything but full, delta and heartbeat. */
  readonly notices: AnyMessage[] = []
  frameCount = 0
  closed: { code: number; reason: string } | null = null
  private readonly isBinary: boolean
  private nextId = 1

  private constructor(socket: WebSocket, isBinary: boolean) {
    super()
    this.socket = socket
    this.isBinary = isBinary
    socket.on('message', (data: Buffer, isBinaryFrame: boolean) => this.read(data, isBinaryFrame))
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() }
    })
    socket.on('error', () => {}) // a close follows, which tests look at
  }

  /** Connects to a server's base URL, and waits for the greeting. */
  static async connect(url: string, { dialect = 'json', ca }: ClientOptions = {}): Promise<Client> {
    const socket = new WebSocket(`${url}/ws`, `tickwire.v1.${dialect}`, { ca })
    const client = new Client(socket, dialect === 'msgpack')
    await client.until('hello')
    return client
  }

  /** Sends a request and waits for its answer. */
  request(method: string, params?: object): Promise<AnyMessage> {
    const id = this.nextId++
    this.send({ id, method, params })
    return eventually(
      () => this.notices.find((message) => message.id === id) ?? missing(`answer to ${method}`),
    )
  }

  subscribe(topics: string[], params: object = {}): Promise<AnyMessage> {
    return this.request('subscribe', { topics, ...params })
  }

  /** Sends any value in the client's dialect. */
  send(request: unknown): void {
    this.socket.send(this.isBinary ? pack(request) : JSON.stringify(request))
  }

  /** Waits for a notice of a type that `isIt`, and returns the first. */
  until(type: string, isIt: (message: AnyMessage) => boolean = () => true): Promise<AnyMessage> {
    return eventually(
      () => this.notices.find((m) => m.type === type && isIt(m)) ?? missing(`${type} message`),
    )
  }

  /** Waits for the server to close the connection. */
  untilClosed(): Promise<{ code: number; reason: string }> {
    return eventually(() => this.closed ?? missing('close'))
  }

  async close(): Promise<void> {
    this.socket.close()
    await this.untilClosed()
  }

  private read(data: Buffer, isBinaryFrame: boolean): void {
    this.frameCount++
    if (isBinaryFrame !== this.isBinary) this.violations.push('a frame of the wrong kind')
    const messages = (this.isBinary ? unpack(data) : JSON.parse(data.toString())) as AnyMessage[]
    for (const message of messages) {
      if (!this.take(message) && message.type !== 'heartbeat') this.notices.push(message)
    }
  }
}

function missing(what: string): never {
  throw new Error(`no ${what} yet`)
}
