/**
 * Findings: what a run has found so far, side by side: there whenever it is interrupted.
 */
import { decodeFromCompressedBase64 } from 'hdr-histogram-js'
import type { Distribution, Series, SideResult, Spread } from '../report/result.ts'
import { merge, slope, spreadOf } from '../report/spread.ts'
import type { Side } from '../scenario/scenario.ts'

/** By name; what could not be had is not there. */
export type Figures = Readonly<Record<string, number>>

type Point = readonly [atS: number, value: number | null]

export class SideFindings {
  private readonly side: Side
  private readonly rounds = new Map<string, number[]>()
  private readonly histograms = new Map<string, string[]>()
  private readonly timeline = new Map<string, Point[]>()

  constructor(side: Side) {
    this.side = side
  }

  /** One round's figures. */
  addRound(figures: Figures): void {
    for (const [name, value] of Object.entries(figures)) {
      if (Number.isFinite(value)) this.valuesOf(this.rounds, name).push(value)
    }
  }

  /** Figures that are taken once, or that the last time counts of. */
  set(figures: Figures): void {
    for (const [name, value] of Object.entries(figures)) {
      if (Number.isFinite(value)) this.rounds.set(name, [value])
    }
  }

  /** Rounds of one distribution are merged. */
  addHistogram(name: string, histogram: string): void {
    this.valuesOf(this.histograms, name).push(histogram)
  }

  addPoint(name: string, point: Point): void {
    this.valuesOf(this.timeline, name).push(point)
  }

  /** Where its timeline ends, in seconds. */
  get endsS(): number {
    return Math.max(0, ...[...this.timeline.values()].map((points) => points.at(-1)![0]))
  }

  get last(): Figures {
    return Object.fromEntries([...this.rounds].map(([name, values]) => [name, values.at(-1)!]))
  }

  result(): SideResult {
    const { name, server } = this.side
    return {
      name,
      server,
      figures: { ...this.figures(), ...this.growth() },
      distributions: [...this.histograms].map(([name, histograms]) =>
        distribution(name, histograms),
      ),
      timeline: [...this.timeline].map(([name, points]): Series => ({ name, points })),
    }
  }

  private figures(): Record<string, Spread> {
    return Object.fromEntries([...this.rounds].map(([name, values]) => [name, spreadOf(values)]))
  }

  private growth(): Record<string, Spread> {
    const mibPerS = slope(this.timeline.get('rssMiB') ?? [])
    return mibPerS === null ? {} : { rssSlopeKiBPerS: spreadOf([mibPerS * 1_024]) }
  }

  private valuesOf<T>(map: Map<string, T[]>, name: string): T[] {
    const values = map.get(name) ?? []
    map.set(name, values)
    return values
  }
}

export class Findings {
  /** Something is broken, and what. */
  readonly broken = new Set<string>()
  readonly remarks = new Set<string>()
  /** The most that each part of the generator was busy, from 0 to 1, by what it is called. */
  readonly busy = new Map<string, number>()
  latenessMsP99 = 0
  /** CPU of all sides together, in % of one core, by round. */
  readonly coreCpuPercents: number[] = []
  private readonly sides = new Map<string, SideFindings>()

  constructor(sides: readonly Side[]) {
    for (const side of sides) this.sides.set(side.name, new SideFindings(side))
  }

  of({ name }: Side): SideFindings {
    return this.sides.get(name)!
  }

  addBusy(what: string, utilization: number): void {
    this.busy.set(what, Math.max(utilization, this.busy.get(what) ?? 0))
  }

  addLateness(ms: number): void {
    if (ms > this.latenessMsP99) this.latenessMsP99 = ms
  }

  get isEmpty(): boolean {
    return [...this.sides.values()].every(({ last }) => Object.keys(last).length === 0)
  }

  results(): SideResult[] {
    return [...this.sides.values()].map((side) => side.result())
  }
}

function distribution(name: string, histograms: readonly string[]): Distribution {
  const histogram = merge(histograms)
  return { name, count: decodeFromCompressedBase64(histogram).totalCount, histogram }
}
