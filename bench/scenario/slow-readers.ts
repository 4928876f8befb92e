/**
 * Slow readers: how old is what a client reads that is slower than the feed? Tickwire and raw uWebSockets.js at the
 * same time, fed by the same Redis, each with fast and slow clients of its own on every topic; the kernel's buffers
 * are the default ones. Ages run from when an update was due to be published to when a client has read it.
 * Usage: tsx bench/scenario/slow-readers.ts [--smoke] [--seconds N] [--json FILE]
 */
import { parseArgs } from 'node:util'
import { startRedis } from '../../test/support/redis.ts'
import { Publisher } from '../support/publisher.ts'
import { type Figures, Receivers } from '../support/receivers.ts'
import { type Defer, environment, forSeconds, run, writeJson } from '../support/run.ts'
import { build, type MeasuredServer, serveRawUws, serveTickwire } from '../support/servers.ts'
import { report } from './slow-readers-report.ts'

const { values } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    json: { type: 'string' },
  },
})

const TOPICS = 200
const UPDATES_PER_S = 2_000
const SLOW_BYTES_PER_S = 50_000
const FAST = values.smoke ? 20 : 90
const SLOW = values.smoke ? 3 : 10
/** Of publishing; the first WARM_UP_S do not count. */
const SECONDS = Number(values.seconds ?? (values.smoke ? 8 : 25))
const WARM_UP_S = 5
/** How long slow clients have to become exact. */
const END_S = 5
const END_CHECKS_PER_S = 10

/** One server, its clients, and what was seen of them. */
interface Side {
  readonly server: MeasuredServer
  readonly fast: Receivers
  readonly slow: Receivers
}

export interface SideResult {
  readonly server: string
  readonly fast: Figures
  readonly slow: Figures
  /** Before publishing, when measuring began, and at the end. */
  readonly rssBytes: readonly number[]
  readonly cpuMs: number
  /** At the end: how many slow clients hold the last value of every topic, and after how long the last of them did. */
  readonly exact: { readonly clients: number; readonly afterMs: number }
  /** Updates that newer ones replaced before they were sent; null where nobody counts. */
  readonly superseded: number | null
}

export interface Result {
  readonly environment: string
  readonly load: Readonly<Record<string, number>>
  readonly seconds: number
  readonly latenessMsP99: number
  readonly sides: readonly SideResult[]
}

if (!(SECONDS > WARM_UP_S)) throw new Error(`--seconds must be above ${WARM_UP_S}`)

await run(async (defer) => {
  const { folder, remove } = await build()
  defer(remove)
  const redis = await startRedis()
  defer(redis.stop)
  const tickwire = await serveTickwire(folder, { TICKWIRE_REDIS_URL: redis.url })
  defer(tickwire.stop)
  const raw = await serveRawUws(redis.url)
  defer(raw.stop)
  const sides = [await gather(tickwire, defer), await gather(raw, defer)]
  const publisher = new Publisher()
  defer(() => publisher.stop())
  const rss = [await each(sides, ({ server }) => server.rssBytes())]

  await publisher.start({
    url: redis.url,
    topics: TOPICS,
    updatesPerS: UPDATES_PER_S,
    order: 'turns',
  })
  await forSeconds(WARM_UP_S)
  const superseded = -(await tickwire.metric('tickwire_superseded_total'))
  rss.push(await each(sides, ({ server }) => server.rssBytes()))
  const cpuStart = await each(sides, ({ server }) => server.cpuMs())
  await publisher.begin()
  await each(sides, ({ fast, slow }) => Promise.all([fast.begin(), slow.begin()]))
  await forSeconds(SECONDS - WARM_UP_S)
  const fast = await each(sides, (side) => side.fast.report())
  const slow = await each(sides, (side) => side.slow.report())
  const cpuEnd = await each(sides, ({ server }) => server.cpuMs())
  rss.push(await each(sides, ({ server }) => server.rssBytes()))
  const supersededs = [superseded + (await tickwire.metric('tickwire_superseded_total')), null]
  const { counts, latenessMsP99 } = await publisher.finish()
  const exact = await each(sides, (side) => untilExact(side, counts))

  const result: Result = {
    environment: environment(),
    load: { TOPICS, UPDATES_PER_S, FAST, SLOW, SLOW_BYTES_PER_S },
    seconds: SECONDS - WARM_UP_S,
    latenessMsP99,
    sides: sides.map(({ server }, i) => ({
      server: server.name,
      fast: fast[i]!,
      slow: slow[i]!,
      rssBytes: rss.map((bytes) => bytes[i]!),
      cpuMs: cpuEnd[i]! - cpuStart[i]!,
      exact: exact[i]!,
      superseded: supersededs[i]!,
    })),
  }
  report(result)
  writeJson(values.json, result)
})

async function gather(server: MeasuredServer, defer: Defer): Promise<Side> {
  const group = async (count: number, bytesPerS: number | null) => {
    const receivers = new Receivers()
    defer(() => receivers.stop())
    const { port } = server
    const all = { topics: TOPICS, topicsEach: TOPICS }
    await receivers.join({ port, count, bytesPerS, isBlind: false, ...all })
    return receivers
  }
  return { server, fast: await group(FAST, null), slow: await group(SLOW, SLOW_BYTES_PER_S) }
}

/** Publishing has ended: the slow clients have END_S to be exact. */
async function untilExact({ slow }: Side, counts: readonly number[]): Promise<SideResult['exact']> {
  const beganMs = performance.now()
  let clients = 0
  for (let check = 0; check < END_S * END_CHECKS_PER_S; check++) {
    clients = await slow.exact(counts)
    if (clients === SLOW) break
    await forSeconds(1 / END_CHECKS_PER_S)
  }
  return { clients, afterMs: performance.now() - beganMs }
}

function each<T>(sides: readonly Side[], ask: (side: Side) => Promise<T>): Promise<T[]> {
  return Promise.all(sides.map(ask))
}
