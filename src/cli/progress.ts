/**
 * Progress: tells how far a long command has come, on stderr, so that stdout stays for results.
 * On a terminal one line that is written anew, elsewhere a line now and then.
 */

const TERMINAL_INTERVAL_MS = 500
const LOG_INTERVAL_MS = 10_000
const ERASE_LINE = '\r\x1b[K'

export class Progress {
  private readonly startMs = performance.now()
  private readonly stream = process.stderr
  private readonly timer: NodeJS.Timeout
  private lastMs = this.startMs
  private lastCount = 0

  /** Shows `count()`, so many `things`, until end(). */
  constructor(things: string, count: () => number) {
    const isTerminal = this.stream.isTTY === true
    const intervalMs = isTerminal ? TERMINAL_INTERVAL_MS : LOG_INTERVAL_MS
    const show = () => {
      const text = this.line(things, count())
      this.stream.write(isTerminal ? `${ERASE_LINE}${text}` : `${text}\n`)
    }
    this.timer = setInterval(show, intervalMs)
    this.timer.unref()
  }

  get elapsedMs(): number {
    return performance.now() - this.startMs
  }

  /** A line of its own that stays. */
  say(text: string): void {
    this.stream.write(`${this.stream.isTTY === true ? ERASE_LINE : ''}${text}\n`)
  }

  end(): void {
    clearInterval(this.timer)
    if (this.stream.isTTY === true) this.stream.write(ERASE_LINE)
  }

  /** The rate is that since the last line. */
  private line(things: string, count: number): string {
    const nowMs = performance.now()
    const ratePerS = ((count - this.lastCount) / (nowMs - this.lastMs)) * 1000
    this.lastMs = nowMs
    this.lastCount = count
    return `${count} ${things}, ${Math.round(ratePerS)}/s, ${Math.round(this.elapsedMs / 1000)} s`
  }
}
