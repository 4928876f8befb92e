/**
 * Stage: the common ground of procedures: one Redis, the servers of all sides on one core, a publisher that feeds them
 * all, and receivers of each side and group in processes of their own.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { startRedis, type TestRedis } from '../../test/support/redis.ts'
import { Publisher } from '../load/publisher.ts'
import { Receivers } from '../load/receivers.ts'
import { sampleRecording } from '../load/sample-recording.ts'
import { GENERATED, type Group, type Load, type Side } from '../scenario/scenario.ts'
import { type Bench, groupsOf, Interrupted, numberOf } from './bench.ts'
import { launcher } from './placement.ts'
import { Sampler } from './sampler.ts'
import { type Defer, scoped } from './scope.ts'
import { build, type Ground, type Server, serve, serverElsewhere } from './servers.ts'
import { SideOnStage } from './side.ts'

/** A Redis that drops a server which lags would end the run: here it is the server that must cope. */
const REDIS_ARGS = ['--client-output-buffer-limit', 'pubsub 0 0 0', '--maxclients', '1000']

export interface StageOptions {
  readonly sides: readonly Side[]
  readonly isInspected?: boolean
}

export class Stage {
  readonly bench: Bench
  readonly sides: readonly SideOnStage[]
  /** null: it runs elsewhere. */
  readonly redis: TestRedis | null
  readonly ground: Ground
  readonly publisher: Publisher
  /** By number, once publishing is prepared. */
  readonly topics: readonly string[]
  private sampler: Sampler | null = null

  constructor(parts: Pick<Stage, 'bench' | 'sides' | 'redis' | 'ground' | 'publisher' | 'topics'>) {
    this.bench = parts.bench
    this.sides = parts.sides
    this.redis = parts.redis
    this.ground = parts.ground
    this.publisher = parts.publisher
    this.topics = parts.topics
  }

  /** Has clients of all sides join at the same time: those who are not late unless others are asked for. */
  async join(isAsked = (group: Group) => group.isLate !== true): Promise<void> {
    this.bench.progress.phase('clients join')
    const joining = this.sides.map((side) => side.join(this.topics, isAsked))
    await this.unlessInterrupted(Promise.all(joining))
  }

  /** Begins publishing, lets everything warm up, and begins the timeline. */
  async publish(): Promise<void> {
    await this.unlessInterrupted(this.publisher.start())
    this.bench.progress.phase('warm-up')
    if (!(await this.wait(numberOf(this.bench, 'warmUpS')))) throw new Interrupted()
    await this.publisher.begin()
    const { findings, progress } = this.bench
    this.sampler = new Sampler(this.sides, findings, (text) => progress.detail(text))
  }

  /** The timeline ends. Safe to call twice. */
  async stopSampling(): Promise<void> {
    await this.sampler?.stop()
  }

  /** False when it was interrupted. */
  async wait(seconds: number): Promise<boolean> {
    const { signal } = this.bench
    await sleep(seconds * 1_000, undefined, { signal }).catch(() => {})
    return !signal.aborted
  }

  /** Another server such as a side's first. */
  serveAgain({ side }: SideOnStage, defer: Defer): Promise<Server> {
    return started(side, this.ground, defer)
  }

  /** Waits for what may take long, but no longer than until an interruption. */
  async untilInterrupted(work: Promise<unknown>): Promise<void> {
    await this.unlessInterrupted(work).catch((error) => {
      if (!(error instanceof Interrupted)) throw error
    })
  }

  /** Throws Interrupted instead of waiting any longer. */
  unlessInterrupted<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.bench
    work.catch(() => {}) // it may fail after nobody waits any more
    if (signal.aborted) return Promise.reject(new Interrupted())
    return new Promise((resolve, reject) => {
      const giveUp = () => reject(new Interrupted())
      signal.addEventListener('abort', giveUp, { once: true })
      work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
    })
  }
}

/** Sets the stage, has a part played on it, and takes everything down again. */
export function onStage(
  bench: Bench,
  options: StageOptions,
  part: (stage: Stage, defer: Defer) => Promise<void>,
): Promise<void> {
  return scoped(async (defer) => {
    const names = options.sides.map(({ name }) => name).join(', ')
    bench.progress.phase(`starting ${names}`)
    const { elsewhere, placement, onCrash } = bench
    const redis = elsewhere.redisUrl === null ? await ownRedis(bench, defer) : null
    const redisUrl = redis?.url ?? elsewhere.redisUrl!
    const built = elsewhere.server === null ? await build() : null
    if (built !== null) defer(built.remove)
    const { isInspected = false } = options
    const ground = { folder: built?.folder ?? '', redisUrl, placement, onCrash, isInspected }
    const publisher = new Publisher()
    defer(() => publisher.stop())
    const topics = await publisher.prepare(redisUrl, await loadOf(bench.plan.load, defer))
    const sides: SideOnStage[] = []
    for (const side of options.sides) sides.push(await stepOn(bench, side, ground, defer))
    if (bench.signal.aborted) throw new Interrupted()
    const stage = new Stage({ bench, sides, redis, ground, publisher, topics })
    defer(() => stage.stopSampling())
    await part(stage, defer)
  })
}

async function ownRedis({ placement }: Bench, defer: Defer): Promise<TestRedis> {
  const redis = await startRedis({ args: REDIS_ARGS, launcher: launcher(placement, 'redis') })
  defer(redis.stop)
  return redis
}

async function stepOn(bench: Bench, side: Side, ground: Ground, defer: Defer) {
  const { server: elsewhere } = bench.elsewhere
  const server =
    elsewhere === null
      ? await started(side, ground, defer)
      : serverElsewhere(elsewhere.url, elsewhere.admin)
  const groups = groupsOf(bench.plan, side).map((group) => {
    const receivers = new Receivers()
    defer(() => receivers.stop())
    return { group, receivers }
  })
  return new SideOnStage(side, server, groups, bench.plan.groups.length > 1)
}

async function started(side: Side, ground: Ground, defer: Defer): Promise<Server> {
  const server = await serve(side, ground)
  defer(() => server.stop())
  return server
}

async function loadOf(load: Load, defer: Defer): Promise<Load> {
  const { recording } = load
  if (recording === undefined || recording.file !== GENERATED) return load
  const { path, remove } = await sampleRecording()
  defer(remove)
  return { ...load, recording: { ...recording, file: path } }
}
