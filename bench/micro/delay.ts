/**
 * Delayed views: what their clock costs a server. The live market's own updates cost nothing more: nothing notes them.
 */
import { Delayed } from '../../src/market/delayed.ts'
import { Market } from '../../src/market/market.ts'
import { TopicIds } from '../../src/market/topic-ids.ts'
import type { MicroBench, MicroCase } from './bench.ts'

const DELAY_MS = 1_000
const STEP_MS = 100
const TOPICS = 5_000

export const delay: MicroBench = {
  name: 'delay',
  asks: 'what does a delayed view cost, per topic and step: looked at; copied and shown later?',
  cases: () => [
    stepped('nothing has changed', 0, false),
    stepped('all have changed, whole JSON records', TOPICS, false),
    stepped('all have changed, read as deltas', TOPICS, true),
    published('the updates alone, to take off the two above'),
  ],
}

/** A record of 156 bytes. */
export function recordOf(value: number): Buffer {
  const price = `${1_000_000 + (value % 1_000_000)}`
  const record = {
    ...{ bid: price, bidSize: '4.200000', ask: price, askSize: '0.310000', last: price },
    ...{ lastSize: '0.005231', volume24h: '18321.55', ts: 1_617_647_428_063 + (value % 1_000) },
  }
  return Buffer.from(JSON.stringify(record))
}

/** A market of so many topics that know their layout. */
export function marketOf(topics: number, ids = new TopicIds()): Market {
  const market = new Market(topics, 0, ids)
  const payload = recordOf(0)
  for (let i = 0; i < topics; i++) {
    const topic = market.apply(`ticker:${i}`, JSON.parse(payload.toString()), 0)
    if (typeof topic !== 'string') topic.learn(payload, JSON.parse(payload.toString()))
  }
  return market
}

/** Gives the first `count` topics a new value. */
function publish(market: Market, count: number, payload: Buffer): void {
  for (let i = 0; i < count; i++) market.overwrite(market.held[i]!, payload, 0)
}

function stepped(name: string, changed: number, keepsChanges: boolean): MicroCase {
  const ids = new TopicIds()
  const live = marketOf(TOPICS, ids)
  const view = new Market(TOPICS, DELAY_MS, ids)
  const delayed = new Delayed(live, view, 1024 ** 3, 0, (topic) => {
    topic.keepsChanges = keepsChanges
  })
  let nowMs = 0
  let value = 0
  const run = () => {
    publish(live, changed, recordOf(value++))
    view.turn++
    nowMs += STEP_MS
    delayed.tick(nowMs)
  }
  // From then on, as much is shown as is copied.
  for (let i = 0; i < (2 * DELAY_MS) / STEP_MS; i++) run()
  return { name, updates: TOPICS, run }
}

function published(name: string): MicroCase {
  const live = marketOf(TOPICS)
  let value = 0
  return { name, updates: TOPICS, run: () => publish(live, TOPICS, recordOf(value++)) }
}
