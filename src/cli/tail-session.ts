/**
 * Tail session: one connection of `tail`, from the handshake to the exit code.
 * Holds: while stdout takes no more, nothing is read from the socket: what piles up is the server's to conflate.
 */
import type { WebSocket } from 'ws'
import {
  type ClientFault,
  type Ended,
  TickwireClient,
  TickwireClientError,
  type Token,
} from '../client/index.ts'
import type { Dialect } from '../protocol/dialect.ts'
import type { Message, Mode, Result } from '../protocol/messages.ts'
import { UsageError } from './command.ts'
import { socketsFor } from './tail-socket.ts'
import { NO_TOKEN } from './tail-token.ts'

export interface TailOptions {
  readonly url: string
  readonly dialect: Dialect
  readonly topics: readonly string[]
  readonly intervalMs: number
  readonly mode: Mode
  readonly linesMax: number
  /** Whether messages are printed too that concern the connection alone. */
  readonly printsAll: boolean
  /** null: none. */
  readonly token: Token | null
}

const UNPRINTED: ReadonlySet<string> = new Set([
  ...['hello', 'result', 'heartbeat', 'probe', 'auth_expiring'],
])
/** Faults of the client's own that end it all; refusals have been told of as the messages that they came in. */
const FATAL: ReadonlySet<string> = new Set(['bad_frame', 'bad_hello', 'silent', 'token_failed'])

export class TailSession {
  private readonly options: TailOptions
  private socket: WebSocket | null = null
  private lineCount = 0
  private readonly refused = new Set<string>()
  /** Lines of the present frame. */
  private text = ''
  private hasEnded = false
  private end: (code: number) => void = () => {}

  constructor(options: TailOptions) {
    this.options = options
  }

  /** Runs to the end and returns the exit code. Throws a UsageError for topics that can be none. */
  run(): Promise<number> {
    const { url, dialect, topics, intervalMs, mode, token } = this.options
    const client = new TickwireClient(url, {
      ...(token !== null && { token }),
      dialect: dialect.name,
      reconnect: false,
      WebSocket: socketsFor(url, {
        made: (socket) => {
          this.socket = socket
        },
        failed: (why) => this.fail(why),
      }),
    })
    return new Promise((resolve, reject) => {
      this.end = (code) => {
        // From here on nothing is printed and no close is news.
        this.hasEnded = true
        this.flush()
        client.close()
        this.socket?.terminate()
        resolve(code)
      }
      client.on('message', (message) => this.read(message))
      client.on('fault', (fault) => {
        if (FATAL.has(fault.name)) this.fail(wordsOf(fault))
      })
      client.on('close', (ended) => this.fail(lastWords(ended)))
      try {
        client.subscribe(topics, { intervalMs, mode }, () => {})
      } catch (error) {
        this.hasEnded = true
        client.close()
        reject(error instanceof TickwireClientError ? new UsageError(error.message) : error)
      }
    })
  }

  private read(message: Message): void {
    const { linesMax, printsAll } = this.options
    if (printsAll || !UNPRINTED.has(message.type)) {
      // One write a frame: what its messages have in common is the turn.
      if (this.text === '') queueMicrotask(() => this.flush())
      this.text += `${JSON.stringify(message)}\n`
      this.lineCount++
    }
    const code = this.verdict(message) ?? (this.lineCount >= linesMax ? 0 : null)
    if (code !== null) this.end(code)
  }

  /** The exit code where the message ends it all, else null. */
  private verdict(message: Message): number | null {
    const { topics, token } = this.options
    if (message.type === 'hello' && message.auth === 'required' && token === null) {
      warn(NO_TOKEN)
      return 1
    }
    if (message.type === 'error') {
      warn(`the server refused the request: ${message.message} (${message.name})`)
      // The client asks again.
      return message.name === 'auth_unavailable' ? null : 1
    }
    if (message.type !== 'result') return null
    for (const name of warnOfRefusals(message)) this.refused.add(name)
    return this.refused.size === new Set(topics).size ? 1 : null
  }

  private flush(): void {
    const { text, socket } = this
    this.text = ''
    if (text === '' || process.stdout.write(text)) return
    // What has been read already still comes after a pause.
    if (this.hasEnded || socket === null || socket.isPaused) return
    socket.pause()
    process.stdout.once('drain', () => socket.resume())
  }

  private fail(message: string): void {
    if (this.hasEnded) return
    warn(message)
    this.end(1)
  }
}

/** Says on stderr which topics were refused, and returns them. */
function warnOfRefusals(result: Result): string[] {
  return result.topics.flatMap((topic) => {
    if (!('error' in topic)) return []
    warn(`${topic.topic}: ${topic.error.message} (${topic.error.name})`)
    return [topic.topic]
  })
}

/** What the owner of a token's file did wrong is in the cause. */
function wordsOf({ message, cause }: ClientFault): string {
  return cause instanceof Error ? `${message}: ${cause.message}` : message
}

/** How the connection ended, for a person. */
export function lastWords({ code, reason, fault }: Ended): string {
  if (fault === 'bad_token') return 'the server does not accept the token (bad_token)'
  if (fault === 'auth_expired') return 'the token has expired (auth_expired)'
  return `the server closed the connection: ${code} ${reason}`.trimEnd()
}

function warn(message: string): void {
  process.stderr.write(`tickwire: ${message}\n`)
}
