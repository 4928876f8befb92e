/**
 * Size: how many processes, how much memory and bandwidth a number of clients takes.
 */
import { type Command, UsageError } from './command.ts'
import { parseOptions, wholeNumber } from './options.ts'
import { type Demand, type Size, sizeOf } from './sizing.ts'

const CLIENTS = [1, 100_000_000] as const
const TOPICS = [1, 10_000_000] as const
const RATE = [1, 10_000_000] as const
const INTERVAL_MS = [0, 60_000] as const
const BYTES = [16, 16_384] as const
const PERCENT = [10, 95] as const
const PER_WORKER = [1, 1_000_000] as const

export const size: Command = {
  summary: 'tell how many cores, how much memory and bandwidth clients take',
  help: `usage: tickwire size --clients N [OPTION...]

  --clients N      how many there are at the busiest time
  --topics N       how many topics each subscribes to (20)
  --of N           how many topics there are (500)
  --rate N         updates a second, over all topics (2000)
  --interval MS    the intervalMs that clients ask for; 0: every change (0)
  --bytes N        of one message, as clients get it (190)
  --use PERCENT    how much of each core is to be used (60)
  --per-worker N   TICKWIRE_MAX_CONNECTIONS (10000)

An estimate from measured figures; docs/sizing.md tells how it is made and how far it may be off. Measure your own load:
npm run bench.`,

  async run(args) {
    const { values, positionals } = parseOptions(args, {
      clients: { type: 'string' },
      topics: { type: 'string' },
      of: { type: 'string' },
      rate: { type: 'string' },
      interval: { type: 'string' },
      bytes: { type: 'string' },
      use: { type: 'string' },
      'per-worker': { type: 'string' },
    })
    if (positionals.length > 0) throw new UsageError(`unexpected argument '${positionals[0]}'`)
    const clients = wholeNumber('clients', values.clients, CLIENTS)
    if (clients === undefined) throw new UsageError('how many clients? --clients N')
    const topicsEach = wholeNumber('topics', values.topics, TOPICS) ?? 20
    const demand: Demand = {
      clients,
      topicsEach,
      topics: wholeNumber('of', values.of, TOPICS) ?? Math.max(500, topicsEach),
      updatesPerS: wholeNumber('rate', values.rate, RATE) ?? 2_000,
      intervalMs: wholeNumber('interval', values.interval, INTERVAL_MS) ?? 0,
      messageBytes: wholeNumber('bytes', values.bytes, BYTES) ?? 190,
      utilization: (wholeNumber('use', values.use, PERCENT) ?? 60) / 100,
      clientsPerWorker: wholeNumber('per-worker', values['per-worker'], PER_WORKER) ?? 10_000,
    }
    if (demand.topics < topicsEach) throw new UsageError('--topics must not be above --of')
    const result = sizeOf(demand)
    if (!Number.isFinite(result.workers)) {
      process.stderr.write(
        'tickwire: one core cannot take in so many updates: spread topics over several Redis and servers\n',
      )
      return 1
    }
    process.stdout.write(describeSize(demand, result))
    return 0
  },
}

/** The answer as a table for people. */
export function describeSize(demand: Demand, result: Size): string {
  const { clients, topicsEach, topics, updatesPerS, intervalMs } = demand
  const pace = intervalMs === 0 ? 'every change' : `at most one message a topic in ${intervalMs} ms`
  const rows = [
    [
      'a client reads',
      `${number(result.messagesPerS)} messages/s in ${number(result.framesPerS)} frames/s, ${bytes(result.bytesPerS)}/s`,
    ],
    ['CPU', `${number(result.cores)} cores of work`],
    ['processes', `${result.workers}, one of them to spare, each on a core of its own`],
    [
      'a process',
      `${result.clientsEach} clients, ${bytes(result.memoryBytesEach)} with its sockets`,
    ],
    ['bandwidth', `${bytes(result.bandwidthBytesPerS)}/s to all clients`],
    ['files', `${result.clientsEach + 256} a process (ulimit -n)`],
  ]
  const width = Math.max(...rows.map(([name]) => name!.length)) + 2
  const lines = rows.map(([name, text]) => `${name!.padEnd(width)}${text}\n`)
  return (
    `${clients} clients of ${topicsEach} of ${topics} topics, ${updatesPerS} updates/s, ${pace}:\n` +
    `${lines.join('')}An estimate: docs/sizing.md says how far it may be off.\n`
  )
}

function number(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(2)))
}

function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let unit = 0
  let left = value
  while (left >= 1_000 && unit < units.length - 1) {
    left /= 1_000
    unit++
  }
  return `${number(left)} ${units[unit]}`
}
