/**
 * History: what the page remembers of a price, in rings of fixed size. The server keeps none.
 */

/** A point of a sparkline. */
const SAMPLE_MS = 500
const SAMPLES = 90

/** A candle. */
export const BAR_S = 5
const BARS = 180

/** The price at each moment that had one, the latest last. */
export class Samples {
  private readonly values = new Float64Array(SAMPLES)
  private count = 0
  private slot = Number.NEGATIVE_INFINITY
  /** Rises with every change. */
  version = 0

  add(price: number, nowMs: number): void {
    const slot = Math.floor(nowMs / SAMPLE_MS)
    if (slot > this.slot) {
      this.slot = slot
      this.count++
    } else if (this.values[(this.count - 1) % SAMPLES] === price) return
    this.values[(this.count - 1) % SAMPLES] = price
    this.version++
  }

  get length(): number {
    return Math.min(this.count, SAMPLES)
  }

  /** The oldest is 0. */
  at(index: number): number {
    return this.values[(this.count - this.length + index) % SAMPLES]!
  }
}

/** As lightweight-charts wants it; `time` in s since the epoch. */
export interface Bar {
  readonly time: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
}

/** Candles by the clock of this page, so that their times only rise whatever the publisher's clock does. */
export class Bars {
  private readonly bars: Bar[] = []

  add(price: number, nowMs: number): void {
    const time = Math.floor(nowMs / 1_000 / BAR_S) * BAR_S
    const last = this.bars.at(-1)
    if (last === undefined || time > last.time) {
      this.bars.push({ time, open: last?.close ?? price, high: price, low: price, close: price })
      if (this.bars.length > BARS) this.bars.shift()
      return
    }
    const high = Math.max(last.high, price)
    const low = Math.min(last.low, price)
    this.bars[this.bars.length - 1] = { ...last, high, low, close: price }
  }

  get all(): readonly Bar[] {
    return this.bars
  }

  get last(): Bar | undefined {
    return this.bars.at(-1)
  }
}
