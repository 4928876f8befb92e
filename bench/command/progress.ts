/**
 * Progress: how far a run has come, on stderr: one line that is written anew on a terminal, and a line a phase elsewhere.
 */
const ERASE_LINE = '\r\x1b[K'

export class Progress {
  private readonly stream: NodeJS.WriteStream
  private readonly beganMs = performance.now()
  private present = ''

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.stream = stream
  }

  /** What goes on from now on, such as `round 2 of 5`. */
  phase(text: string): void {
    this.present = text
    if (this.stream.isTTY === true) this.write('')
    else this.stream.write(`bench: ${text}\n`)
  }

  /** How it goes; for who watches. */
  detail(text: string): void {
    if (this.stream.isTTY === true) this.write(`: ${text}`)
  }

  /** A line of its own that stays. */
  say(text: string): void {
    this.stream.write(`${this.erase}bench: ${text}\n`)
  }

  end(): void {
    this.stream.write(this.erase)
  }

  private write(text: string): void {
    const seconds = Math.round((performance.now() - this.beganMs) / 1_000)
    const line = `bench: ${seconds} s, ${this.present}${text}`
    this.stream.write(`${ERASE_LINE}${line.slice(0, (this.stream.columns ?? 80) - 1)}`)
  }

  private get erase(): string {
    return this.stream.isTTY === true ? ERASE_LINE : ''
  }
}
