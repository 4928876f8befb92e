/**
 * Receivers: a group of WebSocket clients in a process of their own, as a procedure sees them.
 * Next:  receivers-process.ts
 */
import type { Group, Params } from '../scenario/scenario.ts'
import { Child } from './child.ts'

/** How a server writes: tickwire's dialects; what raw controls send, a payload a frame, is read as either. */
export type Wire = 'json' | 'msgpack' | 'socket.io'

export interface JoinRequest {
  /** Where to connect, path included: `ws://127.0.0.1:9000/ws`. */
  readonly url: string
  readonly wire: Wire
  /** All topics there are; the position of each is its number in the payloads' marks. */
  readonly topics: readonly string[]
  readonly group: Group
  /** In place of the group's. */
  readonly params?: Params
}

export type ReceiversRequest =
  | { readonly join: JoinRequest }
  | { readonly exact: readonly number[] }
  | { readonly redirect: string }
  | 'begin'
  | 'moves'
  | 'reconnects'
  | 'report'
  | 'sample'

/** Since begin(), but for what says otherwise. */
export interface GroupFigures {
  readonly clients: number
  readonly frames: number
  /** Values read. */
  readonly updates: number
  /** WebSocket framing included. */
  readonly bytes: number
  /** Values that came after a newer one of their topic, or of a topic not asked for, since the start. */
  readonly disorders: number
  /** Connections that the server ended, since the start; clients that do not read any more cannot tell. */
  readonly closed: number
  /** Connections that were opened anew: churn, or after a redirect. */
  readonly reconnects: number
  /** From when a value was due to be published to when it was read, values on joining aside: whole us, HDR, base64. */
  readonly ages: string
  /** From connecting to holding the subscription and every value that the server said it held; the same, since the start. */
  readonly joins: string
  /** Of the process's event loop, from 0 to 1. */
  readonly utilization: number
}

/** Of the clients since redirect(). Times by the system's monotonic clock. */
export interface MoveFigures {
  /** When next connections were begun. */
  readonly beganMs: readonly number[]
  /** Between which times all were told to come back; infinite where nobody was. */
  readonly toldFromMs: number
  readonly toldToMs: number
  /** Clients that had the last connection until the next one had all its values. */
  readonly kept: number
  /** Topics of which a client had an older value, or none, when it had only the next connection left. */
  readonly goneBack: number
  /** Updates between the last that one connection brought and the first of the next. */
  readonly missed: number
  /** By client: the longest time without any value. */
  readonly gapsMs: readonly number[]
}

/** Since the sample before. Ages in ms, null where nothing was read. */
export interface GroupSample {
  readonly updates: number
  readonly ageMsP50: number | null
  readonly ageMsP99: number | null
  readonly ageMsMax: number | null
  /** Now. */
  readonly connected: number
  readonly utilization: number
}

export class Receivers {
  private readonly child = new Child<ReceiversRequest>(
    new URL('./receivers-process.ts', import.meta.url),
  )

  /** Connects and subscribes; resolves when every one has its subscription, and the values held then. */
  join(request: JoinRequest): Promise<void> {
    return this.child.ask({ join: request })
  }

  /** What comes from now on counts. */
  begin(): Promise<void> {
    return this.child.ask('begin')
  }

  report(): Promise<GroupFigures> {
    return this.child.ask('report')
  }

  sample(): Promise<GroupSample> {
    return this.child.ask('sample')
  }

  /**
   * How many hold the last value of each of their topics, of which so many updates have been published. Ends the churn:
   * who is about to join has joined before they are counted.
   */
  exact(published: readonly number[]): Promise<number> {
    return this.child.ask({ exact: published })
  }

  /**
   * From now on whoever is disconnected comes back, to this address, when the server's goaway says, or within 5 s; and
   * whoever follows goaway goes there while it is still connected.
   */
  redirect(url: string): Promise<void> {
    return this.child.ask({ redirect: url })
  }

  /** How many connections have been opened anew since begin(): a report that costs nothing. */
  reconnects(): Promise<number> {
    return this.child.ask('reconnects')
  }

  moves(): Promise<MoveFigures> {
    return this.child.ask('moves')
  }

  /** Ends the process, and every connection with it. */
  stop(): Promise<void> {
    return this.child.stop()
  }
}
