/**
 * What slow-readers.ts prints: the servers side by side, and what makes a run's figures doubtful.
 */
import { inMiB, inMs, printTable } from '../support/run.ts'
import type { Result, SideResult } from './slow-readers.ts'

const LATENESS_MS_MAX = 10
const UTILIZATION_MAX = 0.8

type Row = readonly [what: string, cell: (side: SideResult) => string]

/** Prints a result. */
export function report({ environment, load, seconds, latenessMsP99, sides }: Result): void {
  const { TOPICS, UPDATES_PER_S, FAST, SLOW, SLOW_BYTES_PER_S } = load
  console.log(
    `\nslow-readers: ${FAST} fast clients and ${SLOW} that read ${SLOW_BYTES_PER_S! / 1_000} kB/s, each on all of ` +
      `${TOPICS} topics at ${UPDATES_PER_S} updates/s; ${seconds} s, after 5 s that do not count`,
  )
  console.log(`${environment}\n`)
  const rows = rowsOf(seconds).map(([what, cell]) => [what, ...sides.map(cell)])
  printTable([['', ...sides.map(({ server }) => server)], ...rows])
  console.log(
    `\nAges: from when an update was due (its ts) to when it was read, by the one wall clock of this host. ` +
      `The publisher is open loop,\nin steps of 5 ms, ${inMs(latenessMsP99)} late at the 99th percentile. ` +
      `Up to ${(TOPICS! / UPDATES_PER_S!) * 1_000} ms of an age is the time between two updates of a topic.`,
  )
  for (const doubt of doubts(latenessMsP99, sides)) console.log(`DOUBTFUL: ${doubt}`)
}

function rowsOf(seconds: number): Row[] {
  const bytesEach = ({ bytes, messages }: SideResult['fast']) =>
    `${(bytes / messages).toFixed(0)} B`
  const perS = (count: number) => `${(count / seconds).toFixed(0)}/s`
  return [
    ['slow: age p50', ({ slow }) => inMs(slow.ageMs.p50)],
    ['slow: age p99', ({ slow }) => inMs(slow.ageMs.p99)],
    ['slow: age max', ({ slow }) => inMs(slow.ageMs.max)],
    ['slow: messages read, all', ({ slow }) => perS(slow.messages)],
    ['slow: exact at the end', ({ exact }) => `${exact.clients} after ${inMs(exact.afterMs)}`],
    ['fast: age p50', ({ fast }) => inMs(fast.ageMs.p50)],
    ['fast: age p99', ({ fast }) => inMs(fast.ageMs.p99)],
    ['fast: age max', ({ fast }) => inMs(fast.ageMs.max)],
    ['fast: messages read, all', ({ fast }) => perS(fast.messages)],
    ['bytes a message, framing included', ({ fast }) => bytesEach(fast)],
    ['superseded, all', (side) => (side.superseded === null ? '-' : perS(side.superseded))],
    ['read after a newer one', ({ fast, slow }) => `${fast.disorders + slow.disorders}`],
    ['disconnected', ({ fast, slow }) => `${fast.closed + slow.closed}`],
    ['memory before publishing', ({ rssBytes }) => inMiB(rssBytes[0]!)],
    ['memory after 5 s', ({ rssBytes }) => inMiB(rssBytes[1]!)],
    ['memory at the end', ({ rssBytes }) => inMiB(rssBytes[2]!)],
    ['CPU of the server', ({ cpuMs }) => `${(cpuMs / seconds / 10).toFixed(0)} %`],
  ]
}

function doubts(latenessMsP99: number, sides: readonly SideResult[]): string[] {
  const found: string[] = []
  if (latenessMsP99 > LATENESS_MS_MAX) found.push('the publisher was a bottleneck')
  for (const { server, fast, slow } of sides) {
    for (const [kind, { utilization }] of Object.entries({ fast, slow })) {
      if (utilization <= UTILIZATION_MAX) continue
      const percent = (utilization * 100).toFixed(0)
      found.push(
        `the ${kind} receivers of ${server} were a bottleneck: busy ${percent} % of the time`,
      )
    }
  }
  return found
}
