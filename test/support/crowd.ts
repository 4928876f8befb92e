/**
 * Crowd: many clients in a process of their own, as a test sees them.
 * Next:  crowd-process.ts
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { CrowdAnswer, CrowdRequest, Member, Report } from './crowd-process.ts'

export type { Member, Report }

const SCRIPT = fileURLToPath(new URL('./crowd-process.ts', import.meta.url))

/** One call at a time. */
export class Crowd {
  private readonly child: ChildProcess
  private readonly ended: Promise<never>

  constructor() {
    this.child = fork(SCRIPT, { execArgv: ['--import', 'tsx'] })
    this.ended = once(this.child, 'exit').then(() => {
      throw new Error('the process of the clients has ended')
    })
    this.ended.catch(() => {}) // it ends some day, and that is no failure unless somebody waits
  }

  /** Connects and subscribes clients; resolves when every one has its result. Their order is their number's. */
  async join(url: string, members: readonly Member[]): Promise<void> {
    await this.ask({ join: { url, members } })
  }

  /** What each client holds now, in the order of joining. */
  async report(): Promise<Report[]> {
    const answer = await this.ask('report')
    if (!Array.isArray(answer)) throw new Error(`a report was answered with ${answer}`)
    return answer
  }

  /** Ends the process, and every connection with it. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    this.child.kill('SIGKILL')
    await once(this.child, 'exit')
  }

  private async ask(request: CrowdRequest): Promise<CrowdAnswer> {
    this.child.send(request)
    const heard = await Promise.race([once(this.child, 'message'), this.ended])
    const answer = heard[0] as CrowdAnswer // crowd-process.ts sends nothing else
    if (typeof answer === 'object' && 'failed' in answer) throw new Error(answer.failed)
    return answer
  }
}
