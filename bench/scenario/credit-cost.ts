/**
 * Credit cost: what do fast clients pay for bounded age? Two tickwire servers at the same time on one core, one with
 * credit and one without, fed by the same Redis, each with clients of its own on other cores. The machine's stalls hit
 * both, so the ratio of their CPU per delivered update repeats where single figures do not.
 * Usage: tsx bench/scenario/credit-cost.ts [--smoke] [--clients N] [--rounds N] [--json FILE]
 */
import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { startRedis } from '../../test/support/redis.ts'
import { Publisher } from '../support/publisher.ts'
import { Receivers } from '../support/receivers.ts'
import { environment, forSeconds, printTable, run, writeJson } from '../support/run.ts'
import { build, serveTickwire, type Tickwire } from '../support/servers.ts'

const { values } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    clients: { type: 'string' },
    rounds: { type: 'string' },
    json: { type: 'string' },
  },
})

const CLIENTS = Number(values.clients ?? (values.smoke ? 20 : 1_000))
const ROUNDS = Number(values.rounds ?? (values.smoke ? 1 : 5))
const ROUND_S = values.smoke ? 1 : 6
const WARM_UP_S = values.smoke ? 1 : 5
const TOPICS = 500
const TOPICS_EACH = 20
const UPDATES_PER_S = 2_000

interface Side {
  readonly name: string
  readonly server: Tickwire
  readonly clients: Receivers
}

/** One side of one round. */
interface Round {
  readonly updates: number
  readonly cpuUsPerUpdate: number
  readonly superseded: number
  /** Times that a lane had to wait for credit. */
  readonly holds: number
}

await run(async (defer) => {
  const { folder, remove } = await build()
  defer(remove)
  const redis = await startRedis()
  defer(redis.stop)
  const sides: Side[] = []
  for (const [name, delayMs] of [
    ['credit on', 100],
    ['credit off', 0],
  ] as const) {
    const env = { TICKWIRE_REDIS_URL: redis.url, TICKWIRE_LANE_DELAY_MS: `${delayMs}` }
    const server = await serveTickwire(folder, env)
    defer(server.stop)
    if (cpus().length > 1) pin(server.pid)
    const clients = new Receivers()
    defer(() => clients.stop())
    const load = { count: CLIENTS, topics: TOPICS, topicsEach: TOPICS_EACH }
    await clients.join({ port: server.port, bytesPerS: null, isBlind: true, ...load })
    sides.push({ name, server, clients })
  }
  const publisher = new Publisher()
  defer(() => publisher.stop())
  const load = { topics: TOPICS, updatesPerS: UPDATES_PER_S, order: 'random' } as const
  await publisher.start({ url: redis.url, ...load })
  await forSeconds(WARM_UP_S)
  await publisher.begin()

  const rounds: Round[][] = []
  for (let i = 0; i < ROUNDS; i++) rounds.push(await measure(sides))
  const { latenessMsP99 } = await publisher.finish()
  report(sides, rounds, latenessMsP99)
})

/** One round, both sides at once. */
async function measure(sides: readonly Side[]): Promise<Round[]> {
  const read = ({ server }: Side) =>
    Promise.all([
      server.cpuMs(),
      server.metric('tickwire_messages_sent_total{dialect="json"}'),
      server.metric('tickwire_superseded_total'),
      server.metric('tickwire_holds_total{why="credit"}'),
    ])
  const before = await Promise.all(sides.map(read))
  await forSeconds(ROUND_S)
  const after = await Promise.all(sides.map(read))
  return sides.map((_, i) => {
    const [cpuMs, updates, superseded, holds] = after[i]!.map((value, k) => value - before[i]![k]!)
    return {
      updates: updates!,
      cpuUsPerUpdate: (cpuMs! * 1_000) / updates!,
      superseded: superseded!,
      holds: holds!,
    }
  })
}

function report(sides: readonly Side[], rounds: readonly Round[][], latenessMsP99: number): void {
  const ratios = rounds.map(([on, off]) => on!.cpuUsPerUpdate / off!.cpuUsPerUpdate)
  console.log(`credit cost: ${environment()}`)
  console.log(
    `  ${CLIENTS} clients a side x ${TOPICS_EACH} of ${TOPICS} topics at ${UPDATES_PER_S}/s`,
  )
  printTable([
    ['median of rounds', ...sides.map(({ name }) => name)],
    ['updates/s', ...each(sides, rounds, ({ updates }) => updates / ROUND_S, 0)],
    [
      'CPU us per delivered update',
      ...each(sides, rounds, ({ cpuUsPerUpdate }) => cpuUsPerUpdate, 3),
    ],
    ['superseded/s', ...each(sides, rounds, ({ superseded }) => superseded / ROUND_S, 1)],
    ['waits for credit/s', ...each(sides, rounds, ({ holds }) => holds / ROUND_S, 1)],
  ])
  const spread = ratios.map((ratio) => ratio.toFixed(3)).join(' ')
  console.log(`  ratio on / off: median ${median(ratios).toFixed(3)} (rounds: ${spread})`)
  if (latenessMsP99 > 10) {
    console.log(
      `  the publisher was late (p99 ${latenessMsP99.toFixed(1)} ms): the machine was too busy`,
    )
  }
  writeJson(values.json, { environment: environment(), rounds, ratios, latenessMsP99 })
}

function each(
  sides: readonly Side[],
  rounds: readonly Round[][],
  figure: (round: Round) => number,
  digits: number,
): string[] {
  return sides.map((_, i) => median(rounds.map((round) => figure(round[i]!))).toFixed(digits))
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}

/** Puts a server on the first core and leaves the others to everything else, as far as they can be told apart. */
function pin(pid: number): void {
  execFileSync('taskset', ['-acp', '0', `${pid}`], { stdio: 'ignore' })
}
