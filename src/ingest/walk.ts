/**
 * Walk: a seeded random walk over many symbols. Pure: the same seed and the same calls make the same updates.
 * Prices move in whole ticks; a few symbols make most of the updates, as in a real market.
 */
import type { Update } from '../market/record.ts'
import { type Instrument, instruments } from './instruments.ts'

/** Of the real recordings' updates, three quarters and more are quotes. */
const QUOTE_SHARE = 0.75
/** A move of one step, as a part of the price: about a tick where prices have five digits. */
const STEP_PART = 1e-5
/** Of quotes, most change sizes alone. */
const MOVE_SHARE = 0.4
/** Below this many ticks a price only rises, so that no walk ends at zero. */
const PRICE_TICKS_MIN = 8
const SIZE_UNITS_MAX = 5_000

export interface WalkUpdate {
  readonly topic: string
  readonly update: Update
}

export interface WalkOptions {
  /** How many; at least 1. */
  readonly symbols: number
  readonly seed: number
}

interface Book extends Instrument {
  readonly topic: string
  bidTicks: number
  spreadTicks: number
  bidUnits: number
  askUnits: number
  lastTicks: number
  lastUnits: number
}

export class Walk {
  private readonly random: () => number
  private readonly books: readonly Book[]
  /** Sums of the weights 1, 1/2, 1/3, ...: what picks a symbol. */
  private readonly weightSums: Float64Array

  constructor({ symbols, seed }: WalkOptions) {
    this.random = randomBy(seed)
    this.books = instruments(symbols, this.random).map((instrument) => this.open(instrument))
    this.weightSums = new Float64Array(symbols)
    for (let i = 0, sum = 0; i < symbols; i++) this.weightSums[i] = sum += 1 / (i + 1)
  }

  /** A whole record of every symbol. `ts` in ms since the epoch. */
  all(ts: number): WalkUpdate[] {
    return this.books.map((book) => ({
      topic: book.topic,
      update: { symbol: book.symbol, ...quoteOf(book), ...tradeOf(book), ts },
    }))
  }

  /** The next change: a quote or a trade of some symbol. */
  next(ts: number): WalkUpdate {
    const book = this.books[this.pick()]!
    const { topic, symbol } = book
    if (this.random() < QUOTE_SHARE) {
      this.requote(book)
      return { topic, update: { symbol, ...quoteOf(book), ts } }
    }
    book.lastTicks = this.random() < 0.5 ? book.bidTicks : book.bidTicks + book.spreadTicks
    book.lastUnits = this.units()
    return { topic, update: { symbol, ...tradeOf(book), ts } }
  }

  private open(instrument: Instrument): Book {
    const priceTicks = Math.round(instrument.price * 10 ** instrument.priceDigits)
    return {
      ...instrument,
      topic: `ticker:${instrument.symbol}`,
      bidTicks: Math.max(priceTicks, PRICE_TICKS_MIN),
      spreadTicks: stepOf(priceTicks),
      bidUnits: this.units(),
      askUnits: this.units(),
      lastTicks: priceTicks,
      lastUnits: this.units(),
    }
  }

  private requote(book: Book): void {
    if (this.random() < MOVE_SHARE) {
      const isRise = book.bidTicks <= PRICE_TICKS_MIN || this.random() < 0.5
      book.bidTicks += isRise ? stepOf(book.bidTicks) : -stepOf(book.bidTicks)
      book.spreadTicks = stepOf(book.bidTicks) * (1 + Math.floor(this.random() * 3))
    }
    if (this.random() < 0.5) book.bidUnits = this.units()
    else book.askUnits = this.units()
  }

  /** Small sizes are the most frequent. */
  private units(): number {
    return 1 + Math.floor(SIZE_UNITS_MAX * this.random() ** 3)
  }

  /** The first symbol whose sum of weights lies above a random part of the whole. */
  private pick(): number {
    const sums = this.weightSums
    const wanted = this.random() * sums.at(-1)!
    let low = 0
    let high = sums.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (sums[middle]! > wanted) high = middle
      else low = middle + 1
    }
    return low
  }
}

function quoteOf(book: Book) {
  return {
    bid: decimal(book.bidTicks, book.priceDigits),
    bidSize: decimal(book.bidUnits, book.sizeDigits),
    ask: decimal(book.bidTicks + book.spreadTicks, book.priceDigits),
    askSize: decimal(book.askUnits, book.sizeDigits),
  }
}

function tradeOf(book: Book) {
  return {
    last: decimal(book.lastTicks, book.priceDigits),
    lastSize: decimal(book.lastUnits, book.sizeDigits),
  }
}

function stepOf(ticks: number): number {
  return Math.max(1, Math.round(ticks * STEP_PART))
}

function decimal(units: number, digits: number): string {
  return (units / 10 ** digits).toFixed(digits)
}

/** Mulberry32: numbers in [0, 1) from a seed of 32 bits. */
function randomBy(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
