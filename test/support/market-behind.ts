/**
 * Market behind a source: the real intake, market and feed, and what the market holds as plain data.
 */
import { Intake } from '../../src/ingest/intake.ts'
import { Feed } from '../../src/market/feed.ts'
import { Market } from '../../src/market/market.ts'
import { silentLog } from './silent-log.ts'
import type { AnyFields } from './state.ts'

const TOPICS_MAX = 100_000
/** Longer than any test: these are about live and down. */
const STALE_AFTER_MS = 600_000

export class MarketBehind {
  readonly market = new Market(TOPICS_MAX)
  readonly feed = new Feed(STALE_AFTER_MS, Date.now(), () => {})
  readonly complaints: string[] = []
  readonly sink = new Intake(this.market, this.feed, {
    mark: () => {},
    wallMs: Date.now,
    nowMs: () => performance.now(),
    complain: (reason, topic) => void this.complaints.push(`${reason} ${topic}`),
    log: silentLog,
  })

  /** The records of the channel `ticker`, by topic. */
  get records(): Record<string, AnyFields> {
    const topics = this.market.channel('ticker')
    return Object.fromEntries(topics.map(({ name, fields }) => [name, { ...fields }]))
  }
}
