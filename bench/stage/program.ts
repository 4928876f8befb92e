/**
 * Program: a server as a process of its own: started until it says where it listens, read through /proc, and ended.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { atExit } from './at-exit.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const START_TIMEOUT_MS = 20_000
const OUTPUT_CHARS_KEPT = 4_096

export interface Usage {
  /** Of the process and of those that it has started. User and system time of all threads so far. */
  readonly cpuUs: number
  readonly rssBytes: number
}

export interface ProgramOptions {
  readonly name: string
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** What it prints when it can be used. */
  readonly ready: RegExp
  /** Called when it ends without having been told to. */
  readonly onCrash: (error: Error) => void
}

export class Program {
  readonly pid: number
  private readonly child: ChildProcess
  private readonly name: string
  private output = ''
  private isEnding = false
  private readonly questions: ((answer: unknown) => void)[] = []

  private constructor({ name, command, env, onCrash }: ProgramOptions) {
    this.name = name
    const [file, ...args] = command
    const { PATH } = process.env
    const stdio = ['ignore', 'pipe', 'pipe', 'ipc'] as const
    this.child = spawn(file!, args, { cwd: ROOT, env: { PATH, ...env }, stdio: [...stdio] })
    this.pid = this.child.pid ?? Number.NaN
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-OUTPUT_CHARS_KEPT)
      })
    }
    this.child.on('message', (answer) => this.questions.shift()?.(answer))
    this.child.on('error', (error) => onCrash(new Error(`${name}: ${error.message}`)))
    const forget = atExit(() => this.child.kill('SIGKILL'))
    this.child.once('exit', (code, signal) => {
      forget()
      for (const answer of this.questions.splice(0)) answer(null)
      if (!this.isEnding) onCrash(new Error(`${name} ended with ${code ?? signal}: ${this.why}`))
    })
  }

  /** Starts it; resolves with what it said when it was ready. */
  static async start(options: ProgramOptions): Promise<[Program, RegExpExecArray]> {
    const program = new Program(options)
    try {
      return [program, await program.said(options.ready, START_TIMEOUT_MS)]
    } catch (error) {
      await program.stop()
      throw error
    }
  }

  get hasEnded(): boolean {
    return Number.isNaN(this.pid) || this.child.exitCode !== null || this.child.signalCode !== null
  }

  /** null: it runs, or a signal ended it. */
  get exitCode(): number | null {
    return this.child.exitCode
  }

  /** Of its output, the line that tells what went wrong, as far as that can be known. */
  private get why(): string {
    const lines = this.output.split('\n').filter((line) => line.trim() !== '')
    return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1) ?? 'it said nothing'
  }

  /** Waits until its output so far matches. */
  async said(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray> {
    const deadlineMs = performance.now() + timeoutMs
    for (;;) {
      const match = pattern.exec(this.output)
      if (match !== null) return match
      if (this.hasEnded) throw new Error(`${this.name} ended at once: ${this.why}`)
      if (performance.now() > deadlineMs) throw new Error(`${this.name} did not start`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  /** Asks it over its IPC channel; null where it has ended. */
  ask(question: string): Promise<unknown> {
    return new Promise((resolve) => {
      if (!this.child.connected) return resolve(null)
      this.questions.push(resolve)
      this.child.send(question)
    })
  }

  async usage(): Promise<Usage | null> {
    try {
      const usages = await Promise.all([this.pid, ...(await childrenOf(this.pid))].map(usageOf))
      return {
        cpuUs: usages.reduce((sum, { cpuUs }) => sum + cpuUs, 0),
        rssBytes: usages.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
      }
    } catch {
      return null // it has ended meanwhile
    }
  }

  /** Sends a signal that it may answer in its own time; to end by it is no crash. */
  signal(signal: 'SIGTERM' | 'SIGUSR1'): void {
    if (signal === 'SIGTERM') this.isEnding = true
    this.child.kill(signal)
  }

  /** Ends it, however it is doing. Safe to call twice. */
  async stop(): Promise<void> {
    this.isEnding = true
    if (this.hasEnded) return
    this.child.kill('SIGKILL')
    await once(this.child, 'exit')
  }
}

/** The workers of a server that has several. Node starts them from its main thread. */
async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.split(' ').filter(Boolean).map(Number)
}

async function usageOf(pid: number): Promise<Usage> {
  const [cpuUs, status] = await Promise.all([cpuUsOf(pid), readFile(`/proc/${pid}/status`, 'utf8')])
  return { cpuUs, rssBytes: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1024 }
}

/** The scheduler's account, in ns for each thread: /proc/PID/stat counts in ticks of 10 ms. */
async function cpuUsOf(pid: number): Promise<number> {
  const folder = `/proc/${pid}/task`
  const threads = await readdir(folder)
  const ran = await Promise.all(
    threads.map((thread) => {
      const text = readFile(`${folder}/${thread}/schedstat`, 'utf8')
      // A pool's thread may have ended meanwhile; without the main thread there is no account at all.
      return thread === `${pid}` ? text : text.catch(() => '0')
    }),
  )
  return ran.reduce((sum, text) => sum + Number(text.split(' ')[0]) / 1_000, 0)
}
