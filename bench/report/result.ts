/**
 * Result: what a run found, as `--json` writes it and everything that reports reads it.
 */

export const SCHEMA_VERSION = 1

/** One figure over the rounds of a run; where it was taken once, all three are the same. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
  /** By round. */
  readonly rounds: readonly number[]
}

/** A distribution of times, all rounds of it in one. */
export interface Distribution {
  /** What was timed, such as `age of fast` or `time to join`. */
  readonly name: string
  readonly count: number
  /** Whole us: an HDR histogram, V2, compressed, base64. Quantiles are read from this. */
  readonly histogram: string
}

/** One line of a timeline, sampled while the run went. */
export interface Series {
  /** A figure's name, such as `rssMiB` or `slow.ageMsP99`. */
  readonly name: string
  /** Seconds since measuring began, and the value then; null where there was none. */
  readonly points: readonly (readonly [atS: number, value: number | null])[]
}

export interface SideResult {
  readonly name: string
  readonly server: string
  /**
   * By name: `cpuUsPerUpdate`, or `slow.ageMsP99` for a group of clients. A figure that cannot be had of this server
   * is not there.
   */
  readonly figures: Readonly<Record<string, Spread>>
  readonly distributions: readonly Distribution[]
  readonly timeline: readonly Series[]
}

/** The first side's figure over another's, round by round, so that what hit both at once cancels out. */
export interface Ratio extends Spread {
  readonly figure: string
  readonly of: string
  readonly to: string
}

/** Where figures come from. */
export interface Environment {
  readonly cpu: string
  readonly cores: number
  readonly memoryMiB: number
  readonly kernel: string
  readonly node: string
  readonly versions: Readonly<Record<string, string>>
  readonly commit: string
  /** The working tree differed from the commit in src or bench. */
  readonly isChanged: boolean
  readonly limits: Readonly<Record<string, string>>
  /** Which clock ages are taken by, and which cores what ran on. */
  readonly clock: string
  readonly placement: string
  readonly startedAt: string
}

export interface Result {
  readonly schemaVersion: typeof SCHEMA_VERSION
  readonly scenario: string
  readonly question: string
  readonly isSmoke: boolean
  /** Interrupted: it reports what it has. */
  readonly isPartial: boolean
  /** The scenario's values in effect. */
  readonly values: Readonly<Record<string, number | string>>
  /** The command that makes it again. */
  readonly command: string
  readonly environment: Environment
  /** Names of the figures for its table, in order. */
  readonly shown: readonly string[]
  readonly sides: readonly SideResult[]
  readonly ratios: readonly Ratio[]
  /** Why the figures must not be quoted: the generator was the bottleneck, or something came wrong. None: valid. */
  readonly voids: readonly string[]
  /** What a reader should know all the same. */
  readonly remarks: readonly string[]
}
