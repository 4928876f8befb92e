/**
 * Publish: puts a recording or a simulated market into Redis.
 * Next:  ingest/redis-publisher.ts
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { ClusterPublisher } from '../ingest/cluster-publisher.ts'
import type { Speed } from '../ingest/pacer.ts'
import { type BadLine, play } from '../ingest/recording.ts'
import { type Publication, type Publisher, RedisPublisher } from '../ingest/redis-publisher.ts'
import { SIMULATION_TICK_MS, Simulation, type SimulatorOptions } from '../ingest/simulator.ts'
import { TopicTemplate } from '../ingest/topic-template.ts'
import { type Command, UsageError } from './command.ts'
import { parseOptions, wholeNumber } from './options.ts'
import { Progress } from './progress.ts'
import { untilSignal } from './signals.ts'

const DEFAULT_REDIS = 'redis://127.0.0.1:6379'
const DEFAULT_TOPIC = 'ticker:{symbol}'
const DEFAULT_SIMULATION = { symbols: 200, ratePerS: 500, seed: 1 }
/** So many bad lines are shown; the summary counts the rest. */
const BAD_LINES_SHOWN = 5

const OPTIONS = {
  redis: { type: 'string' },
  sentinels: { type: 'string' },
  cluster: { type: 'boolean' },
  file: { type: 'string' },
  topic: { type: 'string' },
  speed: { type: 'string' },
  loop: { type: 'boolean' },
  simulate: { type: 'boolean' },
  symbols: { type: 'string' },
  rate: { type: 'string' },
  seed: { type: 'string' },
} as const

type Values = ReturnType<typeof parseOptions<typeof OPTIONS>>['values']
type OnBadLine = (bad: BadLine) => void
/** Where the updates come from, until the signal. */
type Feed = (signal: AbortSignal, onBadLine: OnBadLine) => AsyncGenerator<Publication[]>

export const publish: Command = {
  summary: 'publish a recording or a simulated market to Redis',
  help: `usage: tickwire publish [--redis URL] [--sentinels LIST | --cluster] --file FILE [--topic TEMPLATE] [--speed N|max] [--loop]
       tickwire publish [--redis URL] [--sentinels LIST | --cluster] --simulate [--symbols N] [--rate N] [--seed N]

Each update goes to the Redis channel that is its topic, and the topic's whole record into the hash tickwire:last, so
that a server which starts later has every value at once.

  --redis URL        where to (${DEFAULT_REDIS})
  --sentinels LIST   host:port,... of Redis Sentinels: the URL's host is then the name of their master
  --cluster          the URL is a node of a Redis Cluster: SPUBLISH at each topic's shard, and tickwire:last:{TOPIC}
  --file FILE        newline-delimited JSON, one update a line, plain or gzip; lines are published as they stand
  --topic TEMPLATE   a topic with fields of the line in braces, such as ticker:{venue}:{symbol} (${DEFAULT_TOPIC})
  --speed N|max      how often faster than recorded, by the field ts (1); max: as fast as can be
  --loop             begin again at the file's end
  --simulate         a made-up market
  --symbols N        how many symbols it has (${DEFAULT_SIMULATION.symbols})
  --rate N           updates a second, over all symbols (${DEFAULT_SIMULATION.ratePerS})
  --seed N           the same seed makes the same prices (${DEFAULT_SIMULATION.seed})

Ends with exit code 0 at the end of the file or at Ctrl-C; with 1 when Redis or the file fails, or no line was good.`,

  async run(args) {
    const { values, positionals } = parseOptions(args, OPTIONS)
    if (positionals.length > 0) throw new UsageError(`unexpected '${positionals[0]}'`)
    const feed = feedOf(values)
    const sentinels = sentinelsOf(values.sentinels)
    if (values.cluster && sentinels.length > 0) {
      throw new UsageError('--cluster and --sentinels exclude each other')
    }
    const target = { url: values.redis ?? DEFAULT_REDIS, sentinels }
    const connect = () =>
      values.cluster ? ClusterPublisher.connect(target) : RedisPublisher.connect(target)
    try {
      return await publishAll(feed, connect)
    } catch (error) {
      process.stderr.write(`tickwire: ${error instanceof Error ? error.message : error}\n`)
      return 1
    }
  },
}

async function publishAll(feed: Feed, connect: () => Promise<Publisher>): Promise<number> {
  const publisher = await connect()
  const ending = new AbortController()
  void untilSignal().then(() => ending.abort())
  let publishedCount = 0
  let badCount = 0
  const progress = new Progress('updates published', () => publishedCount)
  const onBadLine: OnBadLine = ({ number, problem }) => {
    if (++badCount <= BAD_LINES_SHOWN) progress.say(`line ${number}: ${problem}`)
  }
  try {
    for await (const updates of feed(ending.signal, onBadLine)) {
      await publisher.publish(updates)
      publishedCount += updates.length
    }
  } finally {
    await publisher.close().finally(() => progress.end())
  }
  const seconds = progress.elapsedMs / 1000
  process.stdout.write(
    `published ${publishedCount} updates to ${publisher.topicCount} topics ` +
      `in ${seconds.toFixed(1)} s (${Math.round(publishedCount / seconds)}/s), ` +
      `${badCount} bad lines\n`,
  )
  return publishedCount === 0 && !ending.signal.aborted ? 1 : 0
}

function feedOf(values: Values): Feed {
  if (values.file === undefined && !values.simulate) {
    throw new UsageError('say what to publish: --file FILE or --simulate')
  }
  if (values.file !== undefined && values.simulate) {
    throw new UsageError('--file and --simulate exclude each other')
  }
  const strays = values.simulate ? ['topic', 'speed', 'loop'] : ['symbols', 'rate', 'seed']
  for (const name of strays) {
    if (!Object.hasOwn(values, name)) continue
    throw new UsageError(`--${name} goes with ${values.simulate ? '--file' : '--simulate'}`)
  }
  return values.file === undefined ? simulated(values) : recorded(values.file, values)
}

function recorded(path: string, values: Values): Feed {
  const template = templateOf(values.topic ?? DEFAULT_TOPIC)
  const speed = speedOf(values.speed ?? '1')
  const loop = values.loop ?? false
  return async function* (signal, onBadLine) {
    for await (const due of play({ path, template, speed, loop, signal, onBadLine })) {
      // Lines are known to be UTF-8, so that the text becomes the same bytes again.
      yield due.map(({ topic, update, line }) => ({ topic, update, payload: line.toString() }))
    }
  }
}

function simulated(values: Values): Feed {
  const options = {
    symbols: wholeNumber('symbols', values.symbols, [1, 100_000]) ?? DEFAULT_SIMULATION.symbols,
    ratePerS: wholeNumber('rate', values.rate, [1, 1_000_000]) ?? DEFAULT_SIMULATION.ratePerS,
    seed: wholeNumber('seed', values.seed, [0, 2 ** 32 - 1]) ?? DEFAULT_SIMULATION.seed,
  }
  return (signal) => simulate(options, signal)
}

async function* simulate(
  options: SimulatorOptions,
  signal: AbortSignal,
): AsyncGenerator<Publication[]> {
  const simulation = new Simulation(options)
  const written = ({ topic, update }: Omit<Publication, 'payload'>): Publication => {
    return { topic, update, payload: JSON.stringify(update) }
  }
  yield simulation.all().map(written)
  while (!signal.aborted) {
    await sleep(SIMULATION_TICK_MS)
    yield simulation.take().map(written)
  }
}

function sentinelsOf(text: string | undefined): string[] {
  const sentinels = text?.split(',').map((part) => part.trim()) ?? []
  const stray = sentinels.find(
    (part) => !/^[^\s:]+:\d{1,5}$|^\[[\da-fA-F:.]+\]:\d{1,5}$/.test(part),
  )
  if (stray === undefined) return sentinels
  throw new UsageError(`--sentinels must be host:port with commas between, not '${stray}'`)
}

function templateOf(text: string): TopicTemplate {
  try {
    return new TopicTemplate(text)
  } catch (error) {
    throw new UsageError(`--topic: ${(error as Error).message}`, { cause: error })
  }
}

function speedOf(text: string): Speed {
  if (text === 'max') return 'max'
  const speed = /^\d{1,7}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN
  if (speed > 0) return speed
  throw new UsageError(`--speed must be a number above 0, or max, not '${text}'`)
}
