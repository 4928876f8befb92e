/**
 * Quote: one topic as the page shows it. Texts stay as they were published, so that prices keep every digit; numbers
 * are for arrows, lines and sorting.
 */
import { NOTHING } from './format.ts'
import { Bars, Samples } from './history.ts'

export type Fields = Readonly<Record<string, unknown>>

/** A price: what is shown, and what it is worth; NaN where there is none. */
export interface Price {
  readonly text: string
  readonly value: number
}

const NO_PRICE: Price = { text: NOTHING, value: Number.NaN }

export class Quote {
  readonly topic: string
  readonly symbol: string
  record: Fields = {}
  bid = NO_PRICE
  ask = NO_PRICE
  last = NO_PRICE
  /** When it happened, by the publisher's clock, in ms since the epoch; NaN where it does not say. */
  ts = Number.NaN
  /** Of the prices seen since the page was opened. */
  first = Number.NaN
  readonly samples = new Samples()
  readonly bars = new Bars()
  /** Rises with every update. */
  version = 0
  /** The connection that it was last heard on. */
  connection = -1

  constructor(topic: string) {
    this.topic = topic
    this.symbol = topic.slice(topic.indexOf(':') + 1)
  }

  /** Takes an update in. @hot */
  apply(record: Fields, nowMs: number): void {
    this.record = record
    this.bid = priceOf(record.bid, this.bid)
    this.ask = priceOf(record.ask, this.ask)
    this.last = priceOf(record.last ?? record.price, this.last)
    this.ts = typeof record.ts === 'number' ? record.ts : Number.NaN
    this.version++
    const { price } = this
    if (Number.isNaN(price)) return
    if (Number.isNaN(this.first)) this.first = price
    this.samples.add(price, nowMs)
    this.bars.add(price, nowMs)
  }

  /** What it is worth: the last trade, or the middle of the market where there are none. */
  get price(): number {
    if (!Number.isNaN(this.last.value)) return this.last.value
    return (this.bid.value + this.ask.value) / 2
  }

  /** As a part of the first price; NaN where there is none. */
  get change(): number {
    return this.price / this.first - 1
  }
}

/** The price that a field holds; `known` itself where it is the same. */
function priceOf(field: unknown, known: Price): Price {
  if (typeof field !== 'string' && typeof field !== 'number') return NO_PRICE
  const text = String(field)
  return text === known.text ? known : { text, value: Number(text) }
}
