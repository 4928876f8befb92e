/**
 * Histogram: counts in buckets, cheap enough for the hot path; ops/metrics.ts copies it when it is asked. @hot
 */

export class Histogram {
  /** Upper bounds, each included; what is above the last one counts in the sum and the total alone. */
  readonly bounds: readonly number[]
  readonly counts: Float64Array
  total = 0
  sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length)
  }

  /** Adds a value, so many times. NaN is not counted: nothing was measured. */
  add(value: number, times = 1): void {
    if (Number.isNaN(value)) return
    this.total += times
    this.sum += value * times
    const { bounds } = this
    for (let i = 0; i < bounds.length; i++) {
      if (value <= bounds[i]!) {
        this.counts[i]! += times
        return
      }
    }
  }
}
