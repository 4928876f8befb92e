/**
 * Child: a script of the bench as a process of its own, that answers what it is asked, one answer a request.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { CLOCK_ENV } from './clock.ts'

type Answer = { readonly value: unknown } | { readonly failed: string }

/** One question at a time. */
export class Child<Request extends object | string> {
  private readonly child: ChildProcess
  private readonly ended: Promise<never>

  constructor(script: URL) {
    const env = { ...process.env, ...CLOCK_ENV }
    this.child = fork(script, { execArgv: ['--import', 'tsx'], env })
    this.ended = once(this.child, 'exit').then(([code]) => {
      throw new Error(`${script.pathname.split('/').at(-1)} ended with ${code}`)
    })
    this.ended.catch(() => {}) // it ends some day, and that is no failure unless somebody waits
    const atExit = () => void this.child.kill('SIGKILL')
    process.once('exit', atExit)
    this.child.once('exit', () => process.removeListener('exit', atExit))
  }

  /** Asks, and waits for the answer, whose type the script knows. */
  async ask<T>(request: Request): Promise<T> {
    this.child.send(request)
    const [answer] = (await Promise.race([once(this.child, 'message'), this.ended])) as [Answer] // by answerParent()
    if ('failed' in answer) throw new Error(answer.failed)
    return answer.value as T
  }

  /** Ends the process. Safe to call twice. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    this.child.kill('SIGKILL')
    await once(this.child, 'exit')
  }
}

/** The other side: answers the process that forked this one, and ends with it. */
export function answerParent<Request>(answer: (request: Request) => unknown): void {
  process.on('message', async (request: Request) => {
    let reply: Answer
    try {
      reply = { value: await answer(request) }
    } catch (error) {
      reply = { failed: String(error) }
    }
    process.send!(reply)
  })
  process.on('disconnect', () => process.exit())
}
