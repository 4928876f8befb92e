/**
 * Process: one worker as its supervisor sees it, from fork() to its end.
 */
import { type ChildProcess, fork } from 'node:child_process'
import {
  type Answers,
  type FromWorker,
  type Question,
  SERIALIZATION,
  serializable,
  type ToWorker,
} from './messages.ts'

export class WorkerProcess {
  readonly number: number
  /** It has said that it serves. */
  isServing = false
  /** Resolves when it can be told to start; rejects where it ends before. */
  readonly loaded: Promise<void>
  /** Resolves when it serves; rejects with why it cannot start, in words for an operator. */
  readonly started: Promise<void>
  /** Resolves with how it ended: its exit code, or a signal. */
  readonly ended: Promise<number | string>
  private readonly child: ChildProcess
  private readonly questions = new Map<number, (answer: unknown) => void>()
  private nextId = 1

  /** Starts `program serve --worker NUMBER`, in this process's environment. */
  constructor(program: string, number: number) {
    this.number = number
    this.child = fork(program, ['serve', '--worker', `${number}`], {
      serialization: SERIALIZATION,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error) => resolve(error.message))
      this.child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'))
    })
    this.loaded = this.until('loaded')
    this.started = this.until('started')
    this.child.on('message', (message: FromWorker) => {
      if (message.type === 'answer') this.hear(message.id, message.answer)
      if (message.type === 'started') this.isServing = true
    })
    void this.ended.then(() => {
      this.isServing = false
      for (const answer of this.questions.values()) answer(undefined)
      this.questions.clear()
    })
  }

  tell(message: ToWorker): void {
    // A process that has ended hears nothing, and its end is known by other ways.
    if (this.child.connected) this.child.send(serializable(message), () => {})
  }

  /** The answer, or null where none comes in time: the process has ended, or stands still. */
  async ask<Q extends Question>(
    question: Q,
    timeoutMs: number,
  ): Promise<Answers[Q['about']] | null> {
    if (!this.child.connected) return null
    const id = this.nextId++
    const answer = await new Promise((resolve) => {
      const timer = setTimeout(() => this.hear(id, undefined), Math.min(timeoutMs, 2 ** 31 - 1))
      this.questions.set(id, (it) => {
        clearTimeout(timer)
        resolve(it)
      })
      this.tell({ type: 'ask', id, question })
    })
    return (answer ?? null) as Answers[Q['about']] | null // by Answering
  }

  /** Ends it at once. */
  kill(): void {
    this.child.kill('SIGKILL')
  }

  /** Rejects where it will not say so any more. */
  private until(type: FromWorker['type']): Promise<void> {
    const said = new Promise<void>((resolve, reject) => {
      this.child.on('message', (message: FromWorker) => {
        if (message.type === type) resolve()
        else if (message.type === 'failed') reject(new Error(message.why))
      })
      void this.ended.then((how) => {
        reject(new Error(`worker ${this.number} ended at its start (${how})`))
      })
    })
    said.catch(() => {}) // whoever waits is told
    return said
  }

  private hear(id: number, answer: unknown): void {
    this.questions.get(id)?.(answer)
    this.questions.delete(id)
  }
}
