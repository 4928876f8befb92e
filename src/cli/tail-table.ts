/**
 * Tail table: `tail --table`, a table of the last values in the terminal's alternate screen.
 * Holds: however it ends, the terminal is as it was before.
 */
import { type SubscriptionHandle, TickwireClient, TickwireClientError } from '../client/index.ts'
import { UsageError } from './command.ts'
import { drawTable, type Row } from './table.ts'
import { lastWords, type TailOptions } from './tail-session.ts'
import { socketsFor } from './tail-socket.ts'
import { NO_TOKEN } from './tail-token.ts'

const REDRAW_INTERVAL_MS = 200
const ENTER = '\x1b[?1049h\x1b[?25l'
const LEAVE = '\x1b[?25h\x1b[?1049l'
const HOME = '\x1b[H'
const END_OF_LINE = '\x1b[K'
const END_OF_SCREEN = '\x1b[J'

/** For a terminal that does not say. */
const FALLBACK = { columns: 80, rows: 24 }

type Terminal = Pick<NodeJS.WriteStream, 'columns' | 'rows' | 'write' | 'on' | 'off'>

export class TailTable {
  private readonly options: TailOptions
  private readonly terminal: Terminal
  private readonly seen = new Map<string, { superseded: number }>()
  private client: TickwireClient | null = null
  private handle: SubscriptionHandle | null = null
  private trouble = ''
  private isShown = false
  private readonly restore = () => this.leave()

  /** The terminal must be one. */
  constructor(options: TailOptions, terminal: Terminal) {
    this.options = options
    this.terminal = terminal
  }

  /** Shows the table until it is over; returns the exit code. Throws a UsageError for topics that can be none. */
  run(isOver: Promise<unknown>): Promise<number> {
    const client = this.connect()
    this.enter()
    const draw = () => this.draw()
    const timer = setInterval(draw, REDRAW_INTERVAL_MS)
    this.terminal.on('resize', draw)
    const ended = new Promise<number>((resolve) => {
      client.on('close', (end) => {
        this.trouble = lastWords(end)
        resolve(1)
      })
      client.on('open', ({ hello }) => {
        if (hello.auth !== 'required' || this.options.token !== null) return
        this.trouble = NO_TOKEN
        resolve(1)
      })
      void isOver.then(() => resolve(0))
    })
    return ended.then((code) => {
      clearInterval(timer)
      this.terminal.off('resize', draw)
      client.close()
      this.leave()
      if (code !== 0) process.stderr.write(`tickwire: ${this.trouble}\n`)
      return code
    })
  }

  private connect(): TickwireClient {
    const { url, dialect, topics, intervalMs, mode, token } = this.options
    const client = new TickwireClient(url, {
      ...(token !== null && { token }),
      dialect: dialect.name,
      WebSocket: socketsFor(url, {
        made: () => {},
        failed: (why) => {
          this.trouble = why
        },
      }),
    })
    this.client = client
    client.on('open', () => {
      this.trouble = ''
    })
    client.on('fault', ({ topic, message }) => {
      this.trouble = topic === undefined ? message : `${topic}: ${message}`
    })
    client.on('gone', ({ topics: gone }) => {
      for (const topic of gone) this.seen.delete(topic)
    })
    try {
      this.handle = client.subscribe(topics, { intervalMs, mode }, ({ topic, superseded }) => {
        const row = this.seen.get(topic)
        if (row === undefined) this.seen.set(topic, { superseded })
        else row.superseded += superseded
      })
    } catch (error) {
      client.close()
      throw error instanceof TickwireClientError ? new UsageError(error.message) : error
    }
    return client
  }

  private draw(): void {
    const columns = this.terminal.columns || FALLBACK.columns
    const rows = this.terminal.rows || FALLBACK.rows
    const lines = drawTable(this.title(), this.rows(), { columns, rows })
    const text = lines.map((line) => `${line}${END_OF_LINE}`).join('\r\n')
    this.terminal.write(`${HOME}${text}${END_OF_SCREEN}`)
  }

  private title(): string {
    const { state, isLive, stats } = this.client!
    const believed = isLive ? 'live' : 'stale'
    const { messages, superseded } = stats
    const figures = `${messages} messages, ${superseded} superseded`
    const delayedMs = this.handle?.delayedMs ?? 0
    const delayed = delayedMs === 0 ? '' : `DELAYED ${delayedMs / 1_000} s`
    const parts = [this.options.url, state, believed, delayed, figures, this.trouble]
    return parts.filter((part) => part !== '').join(' | ')
  }

  private rows(): Row[] {
    const client = this.client!
    const rows: Row[] = []
    for (const topic of [...this.seen.keys()].sort()) {
      const record = client.record(topic)
      const { superseded } = this.seen.get(topic)!
      if (record !== undefined) {
        rows.push({ topic, record, superseded, ageMs: client.ageMs(topic) ?? 0 })
      }
    }
    return rows
  }

  private enter(): void {
    this.isShown = true
    // Also where something throws.
    process.once('exit', this.restore)
    this.terminal.write(ENTER)
    this.draw()
  }

  private leave(): void {
    if (!this.isShown) return
    this.isShown = false
    process.off('exit', this.restore)
    this.terminal.write(LEAVE)
  }
}
