/**
 * Publisher: updates at a fixed rate from a process of their own, as a scenario sees it.
 * Next:  publisher-process.ts
 */
import { Child } from './child.ts'

export interface Load {
  /** The Redis to publish to. */
  readonly url: string
  readonly topics: number
  readonly updatesPerS: number
  /** Topics in turns, so that each changes regularly; or at random, as markets do. */
  readonly order: 'turns' | 'random'
}

export type PublisherRequest = Load | 'begin' | 'stop'

export interface Published {
  /** How many updates of each topic. */
  readonly counts: readonly number[]
  readonly total: number
  /** How long after it was due an update went out, since begin(). */
  readonly latenessMsP99: number
}

export class Publisher {
  private readonly child = new Child<PublisherRequest>(
    new URL('./publisher-process.ts', import.meta.url),
  )

  start(load: Load): Promise<void> {
    return this.child.ask(load)
  }

  /** Lateness of what comes from now on counts. */
  begin(): Promise<void> {
    return this.child.ask('begin')
  }

  /** Publishes no more, and tells what has been. */
  finish(): Promise<Published> {
    return this.child.ask('stop')
  }

  /** Ends the process. Safe to call twice. */
  stop(): Promise<void> {
    return this.child.stop()
  }
}
