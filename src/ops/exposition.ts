/**
 * Exposition: Prometheus text, made at a scrape from plain numbers that others count.
 */
import { type Aggregator, Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Histogram } from '../fanout/histogram.ts'

/** Gauges of prom-client's own that end like counters, which promtool refuses; the same without the ending stay. */
const MISNAMED = ['handles', 'requests', 'resources'].map((name) => `nodejs_active_${name}_total`)

/** Over several workers, all else of Node's own is summed: what they take. */
const OVER_WORKERS: Readonly<Record<string, Aggregator>> = { process_start_time_seconds: 'min' }

/** Quantiles, which can be added up over nothing, of a monitor that wakes the process up: loop-delay.ts has it better. */
const LAGS = ['', '_min', '_max', '_mean', '_stddev', '_p50', '_p90', '_p99'].map(
  (of) => `nodejs_eventloop_lag${of}_seconds`,
)
/** The monitor cannot be left out: it looks so seldom, in ms, the most that a timer takes. */
const eventLoopMonitoringPrecision = 2 ** 31 - 1

/** All metrics at one time, as they can be sent to another process. */
export type Snapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

/** A figure, or one for each value of a label. */
export type Reading = number | Readonly<Record<string, number>>

export class Exposition {
  readonly contentType: string
  private readonly registry = new Registry()

  /** Has Node's own metrics already. */
  constructor() {
    this.contentType = this.registry.contentType
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision })
    for (const name of [...MISNAMED, ...LAGS]) this.registry.removeSingleMetric(name)
    for (const name in OVER_WORKERS) {
      // Read at each scrape, and missing from the types.
      const metric = this.registry.getSingleMetric(name) as unknown as { aggregator: Aggregator }
      metric.aggregator = OVER_WORKERS[name]!
    }
  }

  /** The whole text. */
  text(): Promise<string> {
    return this.registry.metrics()
  }

  snapshot(): Promise<Snapshot> {
    return this.registry.getMetricsAsJSON()
  }

  /** Ours counts in ms and in buckets of its own; Prometheus wants seconds and running sums. */
  histogram(name: string, help: string, histogram: Histogram): void {
    const metric = { name: `tickwire_${name}`, help, type: 'histogram', aggregator: 'sum' } as const
    const get = () => ({ ...metric, values: samplesOf(metric.name, histogram) })
    // prom-client takes any object that answers like one of its own metrics; its types know only those.
    this.registry.registerMetric({ ...metric, get, reset() {} } as never)
  }

  /** `overWorkers`: what becomes of it where several workers have one each. */
  gauge(
    name: string,
    help: string,
    read: () => Reading,
    label?: string,
    overWorkers: Aggregator = 'sum',
  ): void {
    const labelNames = label === undefined ? [] : [label]
    new Gauge({
      name: `tickwire_${name}`,
      help,
      aggregator: overWorkers,
      labelNames,
      registers: [this.registry],
      collect() {
        each(read(), label, (labels, value) => this.set(labels, value))
      },
    })
  }

  counter(name: string, help: string, read: () => Reading, label?: string): void {
    const labelNames = label === undefined ? [] : [label]
    new Counter({
      name: `tickwire_${name}`,
      help,
      labelNames,
      registers: [this.registry],
      collect() {
        // The rooms count; a scrape copies.
        this.reset()
        each(read(), label, (labels, value) => this.inc(labels, value))
      },
    })
  }
}

function each(
  reading: Reading,
  label: string | undefined,
  say: (labels: Record<string, string>, value: number) => void,
): void {
  if (typeof reading === 'number') say({}, reading)
  else if (label !== undefined) {
    for (const name in reading) say({ [label]: name }, reading[name]!)
  }
}

function samplesOf(name: string, { bounds, counts, total, sum }: Histogram) {
  let running = 0
  const buckets = bounds.map((bound, i) => {
    running += counts[i]!
    return { metricName: `${name}_bucket`, labels: { le: bound / 1_000 }, value: running }
  })
  return [
    ...buckets,
    { metricName: `${name}_bucket`, labels: { le: '+Inf' }, value: total },
    { metricName: `${name}_sum`, labels: {}, value: sum / 1_000 },
    { metricName: `${name}_count`, labels: {}, value: total },
  ]
}
