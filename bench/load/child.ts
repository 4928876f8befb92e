/**
 * Child: a script of the bench as a process of its own, that answers what it is asked.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { atExit } from '../stage/at-exit.ts'
import { CLOCK_ENV } from './clock.ts'

/** Answers may come in another order than the questions: a sample while others still join. */
interface Question<Request> {
  readonly id: number
  readonly request: Request
}

type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failed: string }

interface Waiting {
  readonly resolve: (value: never) => void
  readonly reject: (error: Error) => void
}

export class Child<Request extends object | string> {
  private readonly child: ChildProcess
  private readonly name: string
  private readonly waiting = new Map<number, Waiting>()
  private lastId = 0

  constructor(script: URL) {
    this.name = script.pathname.split('/').at(-1)!
    const env = { ...process.env, ...CLOCK_ENV }
    // In a process group of its own, Ctrl-C reaches the runner alone, which still wants to ask.
    this.child = fork(script, { execArgv: ['--import', 'tsx'], env, detached: true })
    this.child.on('message', (answer: Answer) => this.settle(answer))
    const forget = atExit(() => this.child.kill('SIGKILL'))
    this.child.once('exit', (code, signal) => {
      forget()
      const error = new Error(`${this.name} ended with ${code ?? signal}`)
      for (const { reject } of this.waiting.values()) reject(error)
      this.waiting.clear()
    })
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null
  }

  /** Asks, and waits for the answer, whose type the script knows. */
  ask<T>(request: Request): Promise<T> {
    if (this.hasEnded) return Promise.reject(new Error(`${this.name} has ended`))
    const id = ++this.lastId
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject })
      const question: Question<Request> = { id, request }
      this.child.send(question)
    })
  }

  /** Ends the process. Safe to call twice. */
  async stop(): Promise<void> {
    if (this.hasEnded) return
    this.child.kill('SIGKILL')
    await once(this.child, 'exit')
  }

  private settle(answer: Answer): void {
    const waiting = this.waiting.get(answer.id)
    this.waiting.delete(answer.id)
    if ('failed' in answer) waiting?.reject(new Error(answer.failed))
    else waiting?.resolve(answer.value as never)
  }
}

/** The other side: answers the process that forked this one, and ends with it. */
export function answerParent<Request>(answer: (request: Request) => unknown): void {
  process.on('message', async ({ id, request }: Question<Request>) => {
    let reply: Answer
    try {
      reply = { id, value: await answer(request) }
    } catch (error) {
      reply = { id, failed: error instanceof Error ? error.message : String(error) }
    }
    if (process.connected) process.send!(reply)
  })
  process.on('disconnect', () => process.exit())
}
