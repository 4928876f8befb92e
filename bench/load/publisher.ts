/**
 * Publisher: updates on an absolute schedule from a process of their own, as a procedure sees it.
 * Next:  publisher-process.ts
 */
import type { Load } from '../scenario/scenario.ts'
import { Child } from './child.ts'

export type PublisherRequest =
  | { readonly prepare: { readonly redisUrl: string; readonly load: Load } }
  | { readonly rate: number }
  | 'start'
  | 'begin'
  | 'sample'
  | 'stop'

/** Since the sample before. */
export interface PublisherSample {
  readonly published: number
  /** How long after it was due an update went out. */
  readonly latenessMsP99: number
}

export interface Published {
  /** The number of the last update of each topic that Redis took, by its position in the topics. Lost ones have numbers, too. */
  readonly counts: readonly number[]
  /** Taken by Redis. */
  readonly total: number
  /** Not taken by Redis while it was away. */
  readonly lost: number
  /** Since begin(). */
  readonly latenessMsP99: number
}

export class Publisher {
  private readonly child = new Child<PublisherRequest>(
    new URL('./publisher-process.ts', import.meta.url),
  )

  /** Connects, and tells the names of the topics that it will publish, in the order of their numbers. */
  prepare(redisUrl: string, load: Load): Promise<string[]> {
    return this.child.ask({ prepare: { redisUrl, load } })
  }

  /** Begins publishing. The first updates are one of each topic, so that each has a value early on. */
  start(): Promise<void> {
    return this.child.ask('start')
  }

  /** From now on so many updates a second. */
  setRate(updatesPerS: number): Promise<void> {
    return this.child.ask({ rate: updatesPerS })
  }

  /** Lateness of what comes from now on counts. */
  begin(): Promise<void> {
    return this.child.ask('begin')
  }

  sample(): Promise<PublisherSample> {
    return this.child.ask('sample')
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
