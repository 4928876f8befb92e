/**
 * Screens: what does an interval save? Thousands of clients, each with 50 of 500 topics, once at interval 0 and once at
 * 250 ms: the server's CPU, and how many frames each client is sent. The clients count what they read, and pong.
 * Usage: tsx bench/scenario/screens.ts [--smoke] [--lanes N] [--seconds N] [--order random|turns]
 *        [--json FILE]
 */
import { parseArgs } from 'node:util'
import { startRedis } from '../../test/support/redis.ts'
import { Publisher } from '../support/publisher.ts'
import { Receivers } from '../support/receivers.ts'
import {
  environment,
  forSeconds,
  inMs,
  printTable,
  run,
  scoped,
  writeJson,
} from '../support/run.ts'
import { build, serveTickwire, type Tickwire } from '../support/servers.ts'

const { values } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    lanes: { type: 'string' },
    order: { type: 'string', default: 'random' },
    json: { type: 'string' },
  },
})

const LANES = Number(values.lanes ?? (values.smoke ? 200 : 2_000))
const TOPICS = 500
const TOPICS_EACH = 50
const UPDATES_PER_S = 5_000
const ORDER = values.order === 'turns' ? 'turns' : 'random'
const INTERVALS_MS = [0, 250]
const WARM_UP_S = values.smoke ? 1 : 3
/** Of measuring, for each interval. */
const SECONDS = Number(values.seconds ?? (values.smoke ? 3 : 12))
/** With less than this part of all updates delivered at interval 0, the host was at its limit: bursts grew instead. */
const DELIVERED_PART_MIN = 0.8

/** What the server's metrics said, and the clients; by the second. */
interface Outcome {
  readonly intervalMs: number
  readonly cpuUs: number
  readonly framesALane: number
  readonly messagesALane: number
  readonly closed: number
  readonly utilization: number
  readonly latenessMsP99: number
}

await run(async (defer) => {
  const { folder, remove } = await build()
  defer(remove)
  const outcomes: Outcome[] = []
  for (const intervalMs of INTERVALS_MS) outcomes.push(await measure(folder, intervalMs))
  print(outcomes)
  writeJson(values.json, { environment: environment(), lanes: LANES, order: ORDER, outcomes })
})

function measure(folder: string, intervalMs: number): Promise<Outcome> {
  return scoped(async (defer) => {
    const redis = await startRedis()
    defer(redis.stop)
    const server = await serveTickwire(folder, { TICKWIRE_REDIS_URL: redis.url })
    defer(server.stop)
    const receivers = new Receivers()
    defer(() => receivers.stop())
    await receivers.join({
      port: server.port,
      count: LANES,
      topics: TOPICS,
      topicsEach: TOPICS_EACH,
      params: { intervalMs },
      bytesPerS: null,
      isBlind: true,
    })
    const publisher = new Publisher()
    defer(() => publisher.stop())
    const load = {
      url: redis.url,
      topics: TOPICS,
      updatesPerS: UPDATES_PER_S,
      order: ORDER,
    } as const
    await publisher.start(load)
    await forSeconds(WARM_UP_S)

    await Promise.all([receivers.begin(), publisher.begin()])
    const start = await read(server)
    await forSeconds(SECONDS)
    const end = await read(server)
    const { closed, utilization } = await receivers.report()
    const { latenessMsP99 } = await publisher.finish()
    const seconds = (end.atMs - start.atMs) / 1_000
    return {
      intervalMs,
      cpuUs: ((end.cpuS - start.cpuS) * 1e6) / seconds,
      framesALane: (end.frames - start.frames) / seconds / LANES,
      messagesALane: (end.messages - start.messages) / seconds / LANES,
      closed,
      utilization,
      latenessMsP99,
    }
  })
}

async function read(server: Tickwire) {
  const metrics = await server.metrics()
  return {
    atMs: performance.now(),
    cpuS: metrics.process_cpu_seconds_total!,
    frames: metrics['tickwire_frames_sent_total{dialect="json"}']!,
    messages: metrics['tickwire_messages_sent_total{dialect="json"}']!,
  }
}

function print(outcomes: readonly Outcome[]): void {
  console.log(
    `\nscreens: ${LANES} clients with ${TOPICS_EACH} of ${TOPICS} topics each, ${UPDATES_PER_S} updates/s, topics ` +
      `${ORDER === 'turns' ? 'in turns' : 'at random'}; ${SECONDS} s for each interval`,
  )
  console.log(`${environment()}\n`)
  printTable([
    ['', ...outcomes.map(({ intervalMs }) => `interval ${intervalMs} ms`)],
    ['CPU of the server a second', ...outcomes.map(({ cpuUs }) => `${cpuUs.toFixed(0)} us`)],
    ['frames a second and client', ...outcomes.map(({ framesALane }) => framesALane.toFixed(2))],
    ['messages a second and client', ...outcomes.map((one) => one.messagesALane.toFixed(1))],
    ['disconnected', ...outcomes.map(({ closed }) => `${closed}`)],
    ['clients busy', ...outcomes.map(({ utilization }) => `${(utilization * 100).toFixed(0)} %`)],
    ['publisher late, p99', ...outcomes.map(({ latenessMsP99 }) => inMs(latenessMsP99))],
  ])
  const [without, paced] = outcomes
  console.log(
    `\nCPU with the interval: ${(paced!.cpuUs / without!.cpuUs).toFixed(3)} of that without`,
  )
  const offered = (UPDATES_PER_S * TOPICS_EACH) / TOPICS
  if (without!.messagesALane < offered * DELIVERED_PART_MIN) {
    console.log(
      `DOUBTFUL: without, ${without!.messagesALane.toFixed(0)} of ${offered} updates a second and client were ` +
        'delivered, the rest superseded: the host was at its limit, and the CPU is not that of the same work',
    )
  }
}
