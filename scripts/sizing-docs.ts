/**
 * Makes docs/sizing.md: the prose of scripts/sizing-docs.md, with the model's constants, its examples as `tickwire size`
 * prints them, and how far it is off each kept result.
 */
import { readFileSync } from 'node:fs'
import { describeSize } from '../src/cli/size.ts'
import { COSTS, type Demand, sizeOf } from '../src/cli/sizing.ts'

const TEMPLATE = new URL('sizing-docs.md', import.meta.url)
const RESULTS = new URL('../docs/benchmarks/', import.meta.url)
const MIB = 1024 * 1024

/** As `tickwire size` takes it where nothing else is said. */
export const DEMAND: Demand = {
  clients: 1_000,
  topicsEach: 20,
  topics: 500,
  updatesPerS: 2_000,
  intervalMs: 0,
  messageBytes: 190,
  utilization: 0.6,
  clientsPerWorker: 10_000,
}

/** Results of a steady load: their side, and what differs from the names of their values. */
const SIZED: readonly { name: string; side?: string; demand?: Partial<Demand> }[] = [
  { name: 'watchlist' },
  { name: 'credit-cost', side: 'credit on' },
  { name: 'dialects', side: 'json full' },
  { name: 'http' },
  { name: 'redis-outage' },
  { name: 'firehose', demand: { topicsEach: 200 } },
  { name: 'hot-symbol', demand: { topicsEach: 1, topics: 1 } },
  { name: 'idle', demand: { topicsEach: 1 } },
  { name: 'screens', side: 'every 250 ms' },
  { name: 'screens', side: 'at once', demand: { intervalMs: 0 } },
]

const EXAMPLES: Readonly<Record<string, Partial<Demand>>> = {
  '--clients 50000 --topics 20 --rate 2000 --interval 250': { clients: 50_000, intervalMs: 250 },
  '--clients 50000 --topics 20 --rate 2000': { clients: 50_000 },
  '--clients 500 --topics 500 --rate 2000': { clients: 500, topicsEach: 500 },
}

interface Result {
  readonly values: Readonly<Record<string, number>>
  readonly sides: readonly {
    readonly name: string
    readonly figures: Readonly<Record<string, { readonly median: number } | undefined>>
  }[]
}

/** What the model says, and what was measured. */
export interface Compared {
  readonly name: string
  readonly demand: Demand
  readonly cpuPercent: readonly [model: number, measured: number]
  readonly messagesPerS: readonly [model: number, measured: number]
  /** Of the process, without the kernel's part. */
  readonly memoryMiB: readonly [model: number, measured: number]
}

/** The model next to each kept result of a steady load. */
export function comparisons(): Compared[] {
  return SIZED.map(({ name, side = 'tickwire', demand }) => {
    const { values, sides } = JSON.parse(
      readFileSync(new URL(`${name}.json`, RESULTS), 'utf8'),
    ) as Result
    const { figures } = sides.find((one) => one.name === side)!
    const { clients, topicsEach, topics, updatesPerS, intervalMs = 0 } = values
    const asked = { clients, topicsEach, topics, updatesPerS, intervalMs, ...demand }
    // One process, which nothing bounds.
    const whole = { ...DEMAND, ...asked, utilization: 0.95, clientsPerWorker: 1e6 } as Demand
    const { cores, messagesPerS, memoryBytesEach } = sizeOf(whole)
    const ownBytes = memoryBytesEach - whole.clients * COSTS.socketBytes
    return {
      name: side === 'tickwire' ? name : `${name}, ${side}`,
      demand: whole,
      cpuPercent: [cores * 100, figures.cpuPercent!.median],
      messagesPerS: [messagesPerS * whole.clients, figures.updatesPerS!.median],
      memoryMiB: [ownBytes / MIB, figures.rssMiB!.median],
    }
  })
}

/** How far an estimate is off, as a part of what was measured. */
export function offBy([model, measured]: readonly [number, number]): number {
  return model / measured - 1
}

/** The text of docs/sizing.md. */
export function printSizingDocs(): string {
  const places: Readonly<Record<string, () => string>> = {
    comparisons: printComparisons,
    examples: printExamples,
    ...Object.fromEntries(
      Object.entries(COSTS).map(([name, value]) => [
        name,
        () => value.toLocaleString('en', { maximumFractionDigits: 6 }),
      ]),
    ),
  }
  return readFileSync(TEMPLATE, 'utf8').replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    return places[name]!()
  })
}

function printComparisons(): string {
  const rows = comparisons().map(({ name, demand, cpuPercent, messagesPerS, memoryMiB }) => {
    const { clients, topicsEach, topics, updatesPerS } = demand
    const load = [clients, `${topicsEach} of ${topics}`, updatesPerS]
    return [name, ...load, off(cpuPercent, '%'), off(messagesPerS), off(memoryMiB)]
  })
  const head = ['result', 'clients', 'topics', 'updates/s', 'CPU', 'messages/s', 'memory, MiB']
  const line = (cells: readonly unknown[]) => `| ${cells.join(' | ')} |`
  return [line(head), '|---|--:|--:|--:|--:|--:|--:|', ...rows.map(line)].join('\n')
}

function off(pair: readonly [number, number], unit = ''): string {
  const [model, measured] = pair.map((value) => Number(value.toPrecision(3)).toLocaleString('en'))
  const percent = Math.round(offBy(pair) * 100)
  return `${model}${unit} for ${measured}${unit} (${percent > 0 ? '+' : ''}${percent} %)`
}

function printExamples(): string {
  const parts = Object.entries(EXAMPLES).map(([args, demand]) => {
    const whole = { ...DEMAND, ...demand }
    return `$ node dist/main.js size ${args}\n${describeSize(whole, sizeOf(whole))}`
  })
  return `\`\`\`\n${parts.join('\n')}\`\`\``
}
