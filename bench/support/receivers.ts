/**
 * Receivers: a group of WebSocket clients in a process of their own, as a scenario sees them.
 * Next:  receivers-process.ts
 */
import { Child } from './child.ts'

export interface JoinRequest {
  readonly port: number
  /** How many clients. */
  readonly count: number
  /** How many topics there are, and how many of them each client has. */
  readonly topics: number
  readonly topicsEach: number
  /** What subscribe asks for beside the topics. */
  readonly params?: object
  /** How fast each reads; null: at once. */
  readonly bytesPerS: number | null
  /** Look at no payload: only frames and bytes are counted. */
  readonly isBlind: boolean
}

export type ReceiversRequest =
  | { readonly join: JoinRequest }
  | { readonly subscribe: object }
  | { readonly exact: readonly number[] }
  | 'begin'
  | 'report'

/** Since begin(), but for `disorders` and `closed`, which are since the start. */
export interface Figures {
  readonly frames: number
  readonly messages: number
  readonly bytes: number
  /** Values that came after a newer one of their topic. */
  readonly disorders: number
  readonly closed: number
  /** From when a value was due to be published to when it was read. */
  readonly ageMs: { readonly p50: number; readonly p99: number; readonly max: number }
  /** Of the process's event loop, from 0 to 1. */
  readonly utilization: number
}

export class Receivers {
  private readonly child = new Child<ReceiversRequest>(
    new URL('./receivers-process.ts', import.meta.url),
  )

  /** Connects and subscribes; resolves when every one has its answer. */
  join(request: JoinRequest): Promise<void> {
    return this.child.ask({ join: request })
  }

  /** Has every one subscribe anew, with these params; does not wait for the answers. */
  subscribe(params: object): Promise<void> {
    return this.child.ask({ subscribe: params })
  }

  /** What comes from now on counts. */
  begin(): Promise<void> {
    return this.child.ask('begin')
  }

  report(): Promise<Figures> {
    return this.child.ask('report')
  }

  /** How many hold the last value of each topic, of which so many updates have been published. */
  exact(published: readonly number[]): Promise<number> {
    return this.child.ask({ exact: published })
  }

  /** Ends the process, and every connection with it. */
  stop(): Promise<void> {
    return this.child.stop()
  }
}
