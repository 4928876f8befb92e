/**
 * Model: every quote that came in, and which of them are listed in which order. Knows nothing of the screen.
 */
import { type Fields, Quote } from './quote.ts'

export const SORT_KEYS = ['symbol', 'bid', 'ask', 'last', 'change', 'time'] as const
export type SortKey = (typeof SORT_KEYS)[number]

export interface Sort {
  readonly key: SortKey
  readonly isDescending: boolean
}

/** Rows must not dance: a list that is sorted by what changes is sorted anew so often. */
const RESORT_MS = 1_000

const VALUES: Readonly<Record<Exclude<SortKey, 'symbol'>, (quote: Quote) => number>> = {
  bid: (quote) => quote.bid.value,
  ask: (quote) => quote.ask.value,
  last: (quote) => quote.last.value,
  change: (quote) => quote.change,
  time: (quote) => quote.ts,
}

const texts = new Intl.Collator('en', { numeric: true })

export class Model {
  private readonly quotes = new Map<string, Quote>()
  private search = ''
  private sorting: Sort = { key: 'symbol', isDescending: false }
  private isOutdated = false
  private sortedAtMs = 0
  private listed: readonly Quote[] = []

  /** Takes an update in, and returns its quote. @hot */
  apply(topic: string, record: Fields, nowMs: number): Quote {
    let quote = this.quotes.get(topic)
    if (quote === undefined) {
      quote = new Quote(topic)
      this.quotes.set(topic, quote)
      this.isOutdated = true
    }
    quote.apply(record, nowMs)
    return quote
  }

  /** Drops what the server knows no more. */
  forget(topics: readonly string[]): void {
    for (const topic of topics) this.quotes.delete(topic)
    this.isOutdated = true
  }

  /** Drops everything: somebody else is to see what comes now. */
  clear(): void {
    this.quotes.clear()
    this.isOutdated = true
  }

  get count(): number {
    return this.quotes.size
  }

  get sort(): Sort {
    return this.sorting
  }

  /** Sorts by another key; by the same one, the other way round. */
  sortBy(key: SortKey): void {
    const { sorting } = this
    // One looks for the highest first, but for names from A.
    const isDescending = key === sorting.key ? !sorting.isDescending : key !== 'symbol'
    this.sorting = { key, isDescending }
    this.isOutdated = true
  }

  /** Lists only what contains the text. */
  find(text: string): void {
    this.search = text.trim().toLowerCase()
    this.isOutdated = true
  }

  /** What is listed, in order; the same array while that has not changed. */
  list(nowMs: number): readonly Quote[] {
    const isDue = this.sorting.key !== 'symbol' && nowMs - this.sortedAtMs > RESORT_MS
    if (!this.isOutdated && !isDue) return this.listed
    this.isOutdated = false
    this.sortedAtMs = nowMs
    const found = [...this.quotes.values()].filter(({ symbol }) =>
      symbol.toLowerCase().includes(this.search),
    )
    this.listed = found.sort(orderOf(this.sorting))
    return this.listed
  }
}

function orderOf({ key, isDescending }: Sort): (a: Quote, b: Quote) => number {
  const sign = isDescending ? -1 : 1
  if (key === 'symbol') return (a, b) => sign * texts.compare(a.symbol, b.symbol)
  const read = VALUES[key]
  return (a, b) => {
    const [x, y] = [read(a), read(b)]
    // Where there is no value, one is at the end either way.
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y))
    return sign * (x - y) || texts.compare(a.symbol, b.symbol)
  }
}
