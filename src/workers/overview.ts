/**
 * Overview: what the supervisor's admin port tells: of all workers as of one server.
 */
import type { LaneReport } from '../fanout/report.ts'
import { Aggregate } from '../ops/aggregate.ts'
import { Exposition } from '../ops/exposition.ts'
import { SessionCounters } from '../session/counters.ts'
import type { AdminPorts, Readiness } from '../transport/admin.ts'
import { TransportCounters } from '../transport/counters.ts'
import type { Answers, Question } from './messages.ts'
import type { WorkerProcess } from './process.ts'
import { profilerOf } from './profiles.ts'

/** A probe of an orchestrator waits for a second. */
const READINESS_TIMEOUT_MS = 500
const TIMEOUT_MS = 1_000

export interface OverviewPorts {
  /** The process of each worker; null while there is none. */
  readonly processes: () => readonly (WorkerProcess | null)[]
  /** Why no worker counts; null when they do. */
  readonly unready: () => string | null
  readonly isDraining: () => boolean
  readonly restarts: () => number
  readonly profiles: boolean
  readonly profileToken: string | null
  readonly onError: (error: unknown) => void
}

export class Overview implements AdminPorts {
  readonly counters = new TransportCounters(new SessionCounters().faults)
  readonly metrics: AdminPorts['metrics']
  readonly profiler: AdminPorts['profiler']
  readonly profileToken: string | null
  readonly onError: (error: unknown) => void
  private readonly ports: OverviewPorts
  private readonly own = new Exposition()
  private readonly aggregate = new Aggregate<WorkerProcess>()
  private silences = 0

  constructor(ports: OverviewPorts) {
    this.ports = ports
    this.profileToken = ports.profileToken
    this.onError = ports.onError
    this.profiler = ports.profiles ? (worker) => this.profilerOf(worker) : null
    this.metrics = { contentType: this.own.contentType, text: () => this.text() }
    this.describe()
  }

  /** A worker that serves is reason enough to send clients here: the others' are taken by it. */
  readonly readiness = async (): Promise<Readiness> => {
    const answers = await this.ask({ about: 'readiness' }, READINESS_TIMEOUT_MS)
    const why = this.ports.unready()
    const found = answers.map(({ answer }) => answer).filter((answer) => answer !== null)
    const reasons = answers.flatMap(({ worker, answer }) => {
      const of = answer?.reasons ?? ['it does not run, or does not answer']
      return of.map((reason) => `worker ${worker}: ${reason}`)
    })
    const figures = found.map((answer) => answer.figures)
    return {
      ready: why === null && found.some((answer) => answer.ready),
      reasons: why === null ? reasons : [why, ...reasons],
      figures: {
        feed: figures.find(({ feed }) => feed !== 'live')?.feed ?? figures[0]?.feed ?? 'down',
        topics: Math.max(0, ...figures.map(({ topics }) => topics)),
        connections: figures.reduce((sum, { connections }) => sum + connections, 0),
      },
    }
  }

  /** The slowest of all, each with its worker. */
  readonly lanes = async (top: number) => {
    const answers = await this.ask({ about: 'lanes', top }, TIMEOUT_MS)
    const lanes = answers.flatMap(({ worker, answer }) =>
      (answer?.lanes ?? []).map((lane) => ({ worker, ...lane })),
    )
    return {
      count: answers.reduce((sum, { answer }) => sum + (answer?.count ?? 0), 0),
      lanes: lanes.sort((a, b) => behindMs(b) - behindMs(a)).slice(0, top),
    }
  }

  /** A worker has ended: what it counted stays in the sums. */
  retire(process: WorkerProcess): void {
    this.aggregate.retire(process)
  }

  private async text(): Promise<string> {
    const answered = new Set<WorkerProcess>()
    for (const { process, answer } of await this.ask({ about: 'metrics' }, TIMEOUT_MS)) {
      if (process === null) continue
      if (answer === null) this.silences++
      else {
        answered.add(process)
        this.aggregate.note(process, answer)
      }
    }
    return this.aggregate.text(answered, await this.own.snapshot())
  }

  private describe(): void {
    const { own, counters, ports } = this
    const serving = () => ports.processes().filter((process) => process?.isServing).length
    own.gauge('workers', 'Worker processes that serve.', serving)
    own.gauge(
      'workers_wanted',
      'Worker processes that should serve.',
      () => ports.processes().length,
    )
    own.gauge(
      'draining',
      '1 while the server ends.',
      () => (ports.isDraining() ? 1 : 0),
      undefined,
      'max',
    )
    own.counter('worker_restarts_total', 'Workers that ended and were replaced.', ports.restarts)
    own.counter(
      'worker_silences_total',
      'Times that a worker did not tell its metrics in time: its gauges were left out.',
      () => this.silences,
    )
    own.counter('http_requests_total', 'HTTP requests answered.', () => counters.http, 'status')
    own.counter('faults_total', 'Faults that peers were told of.', () => counters.faults, 'fault')
  }

  private profilerOf(worker: string) {
    const processes = this.ports.processes()
    const found = processes.find((process) => process?.isServing && `${process.number}` === worker)
    if (found) return profilerOf(found)
    return `worker must be one that serves, of 1 to ${processes.length}`
  }

  /** Asks all workers at once; null for those that do not serve, or do not answer in time. */
  private ask<Q extends Question>(question: Q, timeoutMs: number) {
    return Promise.all(
      this.ports.processes().map(async (current, i) => {
        const process = current?.isServing ? current : null
        const asked = process?.ask(question, timeoutMs)
        const answer: Answers[Q['about']] | null = (await asked) ?? null
        return { worker: i + 1, process, answer }
      }),
    )
  }
}

/** As in fanout/report.ts: the last round trip, or the wait for the next answer. */
function behindMs({ rttMs, unreadMs }: LaneReport): number {
  return Math.max(rttMs ?? 0, unreadMs)
}
