/**
 * What a delay of 15 minutes keeps in memory, at which rate and number of topics: the table of docs/operations.md, in
 * simulated time. `needs`: what values a step (0.9 s) apart would take. The rest is what becomes of it in 256 MiB.
 * Usage: npx tsx bench/micro/delay-memory.ts
 */
import { Delayed } from '../../src/market/delayed.ts'
import { Market } from '../../src/market/market.ts'
import { TopicIds } from '../../src/market/topic-ids.ts'
import { marketOf, recordOf } from './delay.ts'

const MIB = 1024 * 1024
const DELAY_MS = 900_000
const BYTES_MAX = 256 * MIB
const TICK_MS = 25
/** For what is needed: long enough for a rate, after the first values of all topics. */
const FIRST_MS = 2_000
const SPELL_MS = 60_000

/** Random topics change at a steady rate. */
class Load {
  readonly delayed: Delayed
  private readonly live: Market
  private readonly updatesPerTick: number
  private readonly payload = recordOf(1)
  private nowMs = 0

  constructor(topics: number, updatesPerS: number, bytesMax: number) {
    const ids = new TopicIds()
    this.live = marketOf(topics, ids)
    const view = new Market(topics, DELAY_MS, ids)
    this.delayed = new Delayed(this.live, view, bytesMax, 0, () => {})
    this.updatesPerTick = (updatesPerS * TICK_MS) / 1_000
  }

  run(ms: number): void {
    const { live, delayed, updatesPerTick, payload } = this
    for (const untilMs = this.nowMs + ms; this.nowMs < untilMs; this.nowMs += TICK_MS) {
      for (let i = 0; i < updatesPerTick; i++) {
        live.overwrite(live.held[Math.floor(Math.random() * live.topicCount)]!, payload, 0)
      }
      delayed.tick(this.nowMs)
    }
  }
}

function needsBytes(topics: number, updatesPerS: number): number {
  const load = new Load(topics, updatesPerS, 1024 * 1024 * MIB)
  load.run(FIRST_MS)
  const before = load.delayed.bytes
  load.run(SPELL_MS)
  return ((load.delayed.bytes - before) * DELAY_MS) / SPELL_MS
}

console.log(`records of ${recordOf(0).length} bytes; 2 x ${DELAY_MS / 1_000} s of simulated time`)
console.log('topics  updates/s  needs MiB  keeps MiB  step s')
for (const topics of [200, 1_000, 5_000]) {
  for (const updatesPerS of [200, 2_000, 20_000]) {
    const load = new Load(topics, updatesPerS, BYTES_MAX)
    load.run(2 * DELAY_MS)
    const { bytes, stepMs } = load.delayed
    const mib = [needsBytes(topics, updatesPerS), bytes].map((one) => (one / MIB).toFixed(0))
    const cells = [`${topics}`.padStart(6), `${updatesPerS}`.padStart(9)]
    cells.push(mib[0]!.padStart(9), mib[1]!.padStart(9), (stepMs / 1_000).toFixed(1).padStart(6))
    console.log(cells.join('  '))
  }
}
