/**
 * Simulator: a made-up market at a steady rate, for trying things out without a feed.
 * Next:  market/market.ts apply(), through the sink
 */
import type { Source, SourceSink } from './source.ts'
import { Walk, type WalkOptions, type WalkUpdate } from './walk.ts'

/** How often a simulation is asked for what is due. */
export const SIMULATION_TICK_MS = 10
/** A process that was held up makes good so much, and lets the rest go: the rate is met, a burst is not owed. */
const CATCH_UP_MS_MAX = 250

export interface SimulatorOptions extends WalkOptions {
  /** Updates a second, over all symbols. */
  readonly ratePerS: number
}

/**
 * How many updates are due; pure. The schedule is absolute, so that late timers do not lower the rate. Times in ms of
 * any clock that only rises.
 */
export class Schedule {
  private readonly ratePerMs: number
  private startMs: number
  private givenCount = 0

  constructor(ratePerS: number, nowMs: number) {
    this.ratePerMs = ratePerS / 1000
    this.startMs = nowMs
  }

  /** What has become due since the last call. */
  take(nowMs: number): number {
    const due = Math.floor((nowMs - this.startMs) * this.ratePerMs) - this.givenCount
    const dueMax = Math.max(1, Math.floor(CATCH_UP_MS_MAX * this.ratePerMs))
    if (due > dueMax) {
      this.startMs = nowMs
      this.givenCount = 0
      return dueMax
    }
    this.givenCount += due
    return due
  }
}

/** The walk by the clock: at once a whole record of every symbol, then what is due at each `take`. */
export class Simulation {
  private readonly walk: Walk
  private readonly schedule: Schedule

  constructor(options: SimulatorOptions) {
    this.walk = new Walk(options)
    this.schedule = new Schedule(options.ratePerS, performance.now())
  }

  all(): WalkUpdate[] {
    return this.walk.all(Date.now())
  }

  take(): WalkUpdate[] {
    const ts = Date.now()
    return Array.from({ length: this.schedule.take(performance.now()) }, () => this.walk.next(ts))
  }
}

export class SimulatorSource implements Source {
  readonly name = 'simulator'
  private readonly options: SimulatorOptions
  private timer: NodeJS.Timeout | undefined

  constructor(options: SimulatorOptions) {
    this.options = options
  }

  async start(sink: SourceSink): Promise<void> {
    const simulation = new Simulation(this.options)
    const emit = (updates: readonly WalkUpdate[]) => {
      for (const { topic, update } of updates) sink.update(topic, update)
    }
    sink.beginReload()
    emit(simulation.all())
    sink.up()
    this.timer = setInterval(() => emit(simulation.take()), SIMULATION_TICK_MS)
  }

  async stop(): Promise<void> {
    clearInterval(this.timer)
  }
}
