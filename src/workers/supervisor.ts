/**
 * Supervisor: runs several workers on one port, replaces those that end, and has the admin port of all. Processes and no
 * threads: uWebSockets.js aborts the process in which a thread of its ends, and one that runs out of memory takes no other
 * one's clients with it.
 * Next:  worker.ts
 */
import type { Config } from '../config/settings.ts'
import { createLog, type Log } from '../ops/log.ts'
import { serveAdmin } from '../transport/admin.ts'
import { Listener } from '../transport/listener.ts'
import { Overview } from './overview.ts'
import { claim } from './port.ts'
import { WorkerProcess } from './process.ts'

/** How long before a worker is replaced; twice as long each time that it ends before it was steady. */
const AGAIN_MS_MIN = 100
const AGAIN_MS_MAX = 10_000
const STEADY_MS = 30_000

/** A worker's place, whichever process is in it. */
interface Place {
  readonly number: number
  process: WorkerProcess | null
  beganMs: number
  failures: number
  again: NodeJS.Timeout | undefined
}

export class Supervisor {
  private readonly config: Readonly<Config>
  private readonly program: string
  private readonly places: readonly Place[]
  private readonly log: Log
  private readonly overview: Overview
  private readonly adminSide = new Listener()
  private state: 'starting' | 'up' | 'stopping' = 'starting'
  /** Where the workers listen. */
  private port: number
  private restarts = 0

  /** `program`: the path of what is forked, with `serve --worker NUMBER` as its arguments. */
  constructor(config: Readonly<Config>, workers: number, program: string) {
    this.config = config
    this.program = program
    this.port = config.port
    this.log = createLog(config.logLevel)
    this.places = Array.from({ length: workers }, (_, i) => {
      return { number: i + 1, process: null, beganMs: 0, failures: 0, again: undefined }
    })
    this.overview = new Overview({
      processes: () => this.places.map(({ process }) => process),
      unready: () => this.unready(),
      isDraining: () => this.state === 'stopping',
      restarts: () => this.restarts,
      profiles: config.profiles,
      profileToken: config.profileToken,
      onError: (error) => this.log.error({ err: error }, 'the admin port cannot answer'),
    })
    serveAdmin(this.adminSide.app, this.overview)
  }

  /**
   * Starts all workers; returns the ports. Throws where an address cannot be had or a worker cannot start, with words for
   * an operator; stop() then ends those that have.
   */
  async start(): Promise<{ port: number; adminPort: number }> {
    const { adminHost: host, adminPort: port } = this.config
    const adminPort = await this.adminSide.listen({ host, port, isShared: false })
    const [first, ...others] = this.places
    // It finds what is wrong with the settings for all of them.
    await this.launch(first!)
    await Promise.all(others.map((place) => this.launch(place)))
    if (this.state === 'starting') this.state = 'up'
    // One that ended while others were starting.
    for (const place of this.places) {
      if (place.process === null) this.replace(place, 'while others were started')
    }
    const ports = { port: this.port, adminPort }
    this.log.info({ ...ports, workers: this.places.length }, 'workers started')
    return ports
  }

  /** Has all read the certificate again. */
  reload(): void {
    for (const { process } of this.places) process?.tell({ type: 'reload' })
  }

  /** Has all workers send their clients away, each over the drain time, and end. */
  async stop(): Promise<void> {
    this.state = 'stopping'
    for (const { again, process } of this.places) {
      clearTimeout(again)
      process?.tell({ type: 'stop' })
    }
    await Promise.all(this.places.map(({ process }) => process?.ended))
    this.adminSide.close()
    this.log.info({}, 'workers stopped')
  }

  /** Ends all workers at once, if they were ending already; otherwise they end by themselves, without hurry. */
  abandon(): void {
    if (this.state !== 'stopping') return
    for (const { process } of this.places) process?.kill()
  }

  /** Resolves when the worker serves. */
  private async launch(place: Place): Promise<void> {
    const process = new WorkerProcess(this.program, place.number)
    place.process = process
    place.beganMs = performance.now()
    void process.ended.then((how) => this.onEnd(place, process, how))
    await process.loaded
    const { host, port, sharePort } = this.config
    const isFirst = this.state === 'starting' && place.number === 1
    // As late as can be. uWebSockets.js shares no port that the system has chosen for it.
    if (isFirst && (port === 0 || !sharePort)) this.port = await claim(host, port)
    process.tell({ type: 'start', workers: this.places.length, port: this.port })
    await process.started
  }

  private onEnd(place: Place, process: WorkerProcess, how: number | string): void {
    this.overview.retire(process)
    place.process = null
    // While it starts, start() throws or sees to it.
    if (this.state === 'up') this.replace(place, how)
  }

  private replace(place: Place, how: number | string): void {
    if (this.state !== 'up') return
    if (performance.now() - place.beganMs >= STEADY_MS) place.failures = 0
    const againMs = Math.min(AGAIN_MS_MAX, AGAIN_MS_MIN * 2 ** place.failures++)
    this.restarts++
    this.log.error({ worker: place.number, how, againMs }, 'worker ended')
    place.again = setTimeout(() => {
      this.launch(place).then(
        () => this.log.info({ worker: place.number }, 'worker replaced'),
        (error: Error) => {
          this.log.error({ worker: place.number, why: error.message }, 'worker cannot start')
        },
      )
    }, againMs)
  }

  private unready(): string | null {
    if (this.state === 'starting') return 'the workers are being started'
    return this.state === 'stopping' ? 'the server is stopping' : null
  }
}
