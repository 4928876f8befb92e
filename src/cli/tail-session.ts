/**
 * Tail session: one connection of `tail`, from the handshake to the exit code.
 * Holds: while stdout takes no more, nothing is read from the socket: what piles up is the server's to conflate.
 */
import { Packr } from 'msgpackr'
import { type RawData, WebSocket } from 'ws'
import type { Dialect } from '../protocol/dialect.ts'
import type { Message, Mode, Result } from '../protocol/messages.ts'

export interface TailOptions {
  readonly url: string
  readonly dialect: Dialect
  readonly topics: readonly string[]
  readonly intervalMs: number
  readonly mode: Mode
  readonly linesMax: number
  /** Whether hello, result and heartbeat messages are printed too. */
  readonly printsAll: boolean
}

const HANDSHAKE_TIMEOUT_MS = 10_000
const FRAME_BYTES_MAX = 64 * 1024 * 1024
const REFUSAL_CHARS_MAX = 2_000
const SUBSCRIBE_ID = 1
const UNPRINTED: ReadonlySet<string> = new Set(['hello', 'result', 'heartbeat'])

const packr = new Packr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' })

export class TailSession {
  private readonly options: TailOptions
  private readonly socket: WebSocket
  private lineCount = 0
  private hasEnded = false
  private end: (code: number) => void = () => {}

  constructor(options: TailOptions) {
    this.options = options
    this.socket = new WebSocket(options.url, [options.dialect.subprotocol], {
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      maxPayload: FRAME_BYTES_MAX,
      perMessageDeflate: false,
    })
  }

  /** Runs to the end and returns the exit code. */
  run(): Promise<number> {
    const { socket } = this
    return new Promise((resolve) => {
      this.end = (code) => {
        // From here on nothing is printed and no close is news.
        this.hasEnded = true
        socket.removeAllListeners().on('error', () => {})
        socket.terminate()
        resolve(code)
      }
      socket.on('open', () => this.subscribe())
      socket.on('message', (data, isBinary) => this.read(data, isBinary))
      socket.on('error', (error) => this.fail(explain(error, this.options.url)))
      socket.on('close', (code, reason) =>
        this.fail(`the server closed the connection: ${code} ${reason.toString()}`.trimEnd()),
      )
      socket.on('unexpected-response', (_request, response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (text: string) => {
          if (body.length < REFUSAL_CHARS_MAX) body += text
        })
        response.on('close', () =>
          this.fail(
            `${this.options.url} refused the connection: HTTP ${response.statusCode} ${body.trim()}`,
          ),
        )
      })
    })
  }

  private subscribe(): void {
    const { topics, intervalMs, mode, dialect } = this.options
    const params = { topics, intervalMs, mode }
    const request = { id: SUBSCRIBE_ID, method: 'subscribe', params }
    this.socket.send(dialect.isBinary ? packr.pack(request) : JSON.stringify(request))
  }

  private read(data: RawData, isBinary: boolean): void {
    let messages: Message[]
    try {
      messages = decodeFrame(data, isBinary)
    } catch (error) {
      this.fail(`not a frame of ${this.options.dialect.subprotocol}: ${(error as Error).message}`)
      return
    }
    const { linesMax, printsAll } = this.options
    let text = ''
    let code: number | null = null
    for (const message of messages) {
      if (printsAll || !UNPRINTED.has(message.type)) {
        text += `${JSON.stringify(message)}\n`
        this.lineCount++
      }
      code = this.verdict(message)
      if (code === null && this.lineCount >= linesMax) code = 0
      if (code !== null) break
    }
    this.print(text)
    if (code !== null) this.end(code)
  }

  /** The exit code where the message ends it all, else null. */
  private verdict(message: Message): number | null {
    if (message.type === 'error' && message.id === SUBSCRIBE_ID) {
      warn(`the server refused the request: ${message.message} (${message.name})`)
      return 1
    }
    if (message.type !== 'result' || message.id !== SUBSCRIBE_ID) return null
    return warnOfRefusals(message) === message.topics.length ? 1 : null
  }

  private print(text: string): void {
    if (text === '' || process.stdout.write(text)) return
    // What has been read already still comes after a pause.
    if (this.socket.isPaused) return
    this.socket.pause()
    process.stdout.once('drain', () => this.socket.resume())
  }

  private fail(message: string): void {
    if (this.hasEnded) return
    warn(message)
    this.end(1)
  }
}

/** Says on stderr which topics were refused, and returns how many. */
function warnOfRefusals(result: Result): number {
  let count = 0
  for (const topic of result.topics) {
    if (!('error' in topic)) continue
    warn(`${topic.topic}: ${topic.error.message} (${topic.error.name})`)
    count++
  }
  return count
}

/** The messages of a frame. Throws where it is not an array of objects; that far only is the server not trusted. */
function decodeFrame(data: RawData, isBinary: boolean): Message[] {
  const bytes = data as Buffer // what ws gives where binaryType is left alone
  const value: unknown = isBinary ? packr.unpack(bytes) : JSON.parse(bytes.toString('utf8'))
  if (!Array.isArray(value) || value.some((message) => typeof message?.type !== 'string')) {
    throw new TypeError('not an array of messages')
  }
  return value as Message[]
}

function explain(error: Error & { code?: string }, url: string): string {
  if (error.code === 'ECONNREFUSED') return `nothing listens at ${url} (connection refused)`
  if (error.code === 'ENOTFOUND') return `no such host: ${url}`
  return `${url}: ${error.message || error.code || 'the connection failed'}`
}

function warn(message: string): void {
  process.stderr.write(`tickwire: ${message}\n`)
}
