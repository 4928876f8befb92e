/**
 * Scenario: a question about the server, as data: which servers run side by side, what clients each of them gets, what
 * is published, and for how long. One file a scenario; bench/scenario/index.ts lists them, bench/procedure/ runs them.
 */

/** What `--set` may change, by name. Each scenario has its own. */
export type Values = Readonly<Record<string, number | string>>

export const SERVER_NAMES = ['tickwire', 'raw-uws', 'ws', 'socket.io'] as const
export type ServerName = (typeof SERVER_NAMES)[number]
export type ControlName = Exclude<ServerName, 'tickwire'>

/** How a scenario is run: bench/procedure/ has a file for each. */
export const PROCEDURE_NAMES = [
  'rounds',
  'turns',
  'storm',
  'idle',
  'capacity',
  'outage',
  'drain',
  'http',
  'soak',
] as const
export type ProcedureName = (typeof PROCEDURE_NAMES)[number]

/** In place of a recording's file: a small one is made for the run, to check that replaying works. */
export const GENERATED = 'generated'

/** What is published, by one process for all sides. */
export interface Load {
  readonly topics: number
  readonly updatesPerS: number
  /** Topics in turns, so that each changes regularly; or at random, as markets do. */
  readonly order: 'turns' | 'random'
  /** A recorded NDJSON file (.gz or not) instead: its own topics and times, so many times as fast. */
  readonly recording?: { readonly file: string; readonly topic: string; readonly speed: number }
}

/** What a group's clients ask for beside their topics. Controls do not know it. */
export interface Params {
  readonly intervalMs?: number
  readonly mode?: 'full' | 'delta'
}

/** Clients of one kind. Every side has each group, in a process of its own. */
export interface Group {
  readonly name: string
  readonly clients: number
  readonly topicsEach: number
  readonly params?: Params
  /** How fast each reads; null: at once; 0: never, from when it has its subscription. */
  readonly bytesPerS: number | null
  /** Clients that leave and come back, each second. */
  readonly churnPerS?: number
  /** They come only when the procedure has them come, not before publishing. */
  readonly isLate?: boolean
  /** Told to go, they open the next connection when they are told to, and keep the last one until that has its values. */
  readonly followsGoaway?: boolean
  /** So many connections are opened at a time. */
  readonly joiningMax?: number
}

/** One server, run at the same time as the others and on the same core. */
export interface Side {
  /** As it stands in tables: the server's name unless two sides have the same server. */
  readonly name: string
  readonly server: ServerName
  /** TICKWIRE_* settings beyond those that every run has. */
  readonly settings?: Readonly<Record<string, string>>
  readonly dialect?: 'json' | 'msgpack'
  /** In place of the group's. */
  readonly params?: Params
  /** Names of groups that it does not get. */
  readonly without?: readonly string[]
}

export interface Plan {
  readonly load: Load
  /** The first is the one in question; ratios are its figures over each other's. */
  readonly sides: readonly Side[]
  readonly groups: readonly Group[]
}

export interface Scenario {
  readonly name: string
  /** The question that it answers: one sentence. */
  readonly question: string
  readonly procedure: ProcedureName
  /** All that `--set` may change, with what it is otherwise; `rounds`, `roundS` and `warmUpS` are among them. */
  readonly values: Values
  /** What `--smoke` changes: small enough for a check that everything works. */
  readonly smoke: Values
  /** Names of the figures that its table shows, in this order (bench/report/figures.ts describes each). */
  readonly figures: readonly string[]
  /** Throws with a sentence on values that make no sense. */
  plan(values: Values): Plan
}
