/**
 * Program: a command of the built tickwire as a process of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { inject } from 'vitest'

/** Of what a process writes, the last so many characters are kept. */
const OUTPUT_CHARS_KEPT = 256 * 1024

export type Env = Readonly<Record<string, string>>

export class Program {
  stdout = ''
  stderr = ''
  readonly pid: number
  private readonly child: ChildProcess

  /** Starts a command such as `['node', 'dist/main.js', 'serve']` in the build's folder. */
  constructor([command, ...args]: readonly string[], env: Env = {}) {
    // Nothing of the environment of the tests gets in, least of all a TICKWIRE_* setting.
    const { PATH } = process.env
    this.child = spawn(command!, args, { cwd: inject('build'), env: { PATH, ...env } })
    this.pid = this.child.pid ?? Number.NaN
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout = (this.stdout + text).slice(-OUTPUT_CHARS_KEPT)
    })
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-OUTPUT_CHARS_KEPT)
    })
    this.child.on('error', (error) => {
      this.stderr += `cannot start ${command}: ${error.message}`
    })
    const atExit = () => void this.child.kill('SIGKILL')
    process.once('exit', atExit)
    this.child.once('close', () => process.removeListener('exit', atExit))
  }

  get hasEnded(): boolean {
    return Number.isNaN(this.pid) || this.child.exitCode !== null || this.child.signalCode !== null
  }

  /** The exit code, once the process has ended and all its output is here; null where a signal ended it. */
  async ended(): Promise<number | null> {
    const { stdout, stderr } = this.child
    if (!this.hasEnded || !stdout!.closed || !stderr!.closed) await once(this.child, 'close')
    return this.child.exitCode
  }

  /** Types at it: what a person would, where it has a terminal. */
  type(text: string): void {
    this.child.stdin!.write(text)
  }

  /** Asks it to end (SIGTERM), and waits for the exit code. */
  terminate(): Promise<number | null> {
    this.child.kill('SIGTERM')
    return this.ended()
  }

  /** Ends it, however it is doing. Safe to call twice. */
  async stop(): Promise<void> {
    if (this.hasEnded) return
    this.child.kill('SIGKILL')
    await this.ended()
  }
}

/** Starts `tickwire ARGS...` of the build. */
export function tickwire(args: readonly string[], env: Env = {}): Program {
  return new Program([process.execPath, 'dist/main.js', ...args], env)
}
