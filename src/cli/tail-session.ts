/**
 * Tail session: one connection of `tail`, from the handshake to the exit code.
 * Holds: while stdout takes no more, nothing is read from the socket: what piles up is the server's to conflate.
 */
import type { WebSocket } from 'ws'
import { TickwireClient, TickwireClientError } from '../client/index.ts'
import type { Dialect } from '../protocol/dialect.ts'
import type { Message, Mode, Result } from '../protocol/messages.ts'
import { UsageError } from './command.ts'
import { socketsFor } from './tail-socket.ts'

export interface TailOptions {
  readonly url: string
  readonly dialect: Dialect
  readonly topics: readonly string[]
  readonly intervalMs: number
  readonly mode: Mode
  readonly linesMax: number
  /** Whether hello, result, heartbeat and probe messages are printed too. */
  readonly printsAll: boolean
}

const UNPRINTED: ReadonlySet<string> = new Set(['hello', 'result', 'heartbeat', 'probe'])

export class TailSession {
  private readonly options: TailOptions
  private socket: WebSocket | null = null
  private lineCount = 0
  private refusedCount = 0
  /** Lines of the present frame. */
  private text = ''
  private hasEnded = false
  private end: (code: number) => void = () => {}

  constructor(options: TailOptions) {
    this.options = options
  }

  /** Runs to the end and returns the exit code. Throws a UsageError for topics that can be none. */
  run(): Promise<number> {
    const { url, dialect, topics, intervalMs, mode } = this.options
    const client = new TickwireClient(url, {
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
      client.on('fault', ({ name, message }) => {
        // Refusals have been told of as the messages that they came in.
        if (name === 'bad_frame' || name === 'bad_hello' || name === 'silent') this.fail(message)
      })
      client.on('close', ({ code, reason }) =>
        this.fail(`the server closed the connection: ${code} ${reason}`.trimEnd()),
      )
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
    if (message.type === 'error') {
      warn(`the server refused the request: ${message.message} (${message.name})`)
      return 1
    }
    if (message.type !== 'result') return null
    this.refusedCount += warnOfRefusals(message)
    return this.refusedCount === new Set(this.options.topics).size ? 1 : null
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

function warn(message: string): void {
  process.stderr.write(`tickwire: ${message}\n`)
}
