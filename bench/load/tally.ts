/**
 * Tally: counts times by the buckets of an HDR histogram with three digits. @hot
 * hdr-histogram-js takes 0.15 us and more to record one (logarithms, powers); this takes the same bucket by shifts, and
 * is turned into a histogram of that package when somebody asks.
 */
import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js'
import { AGE_US_MAX } from './marks.ts'

/** Below 2^11, whole us; above, each doubling has 2^10 buckets. */
const EXACT_BITS = 11
const HALF_BITS = EXACT_BITS - 1
const HALF = 2 ** HALF_BITS
const BUCKETS = bucketOf(AGE_US_MAX) + 1

export class Tally {
  count = 0
  maxUs = 0
  private readonly buckets = new Uint32Array(BUCKETS)

  /** An integer from 0 to AGE_US_MAX. */
  record(us: number): void {
    this.buckets[bucketOf(us)]!++
    this.count++
    if (us > this.maxUs) this.maxUs = us
  }

  add(other: Tally): void {
    for (let i = 0; i < BUCKETS; i++) this.buckets[i]! += other.buckets[i]!
    this.count += other.count
    this.maxUs = Math.max(this.maxUs, other.maxUs)
  }

  reset(): void {
    this.buckets.fill(0)
    this.count = 0
    this.maxUs = 0
  }

  /** In ms; null where nothing was recorded. */
  percentileMs(percentile: number): number | null {
    if (this.count === 0) return null
    const rank = Math.max(1, Math.ceil((percentile / 100) * this.count))
    let seen = 0
    for (let i = 0; i < BUCKETS; i++) {
      seen += this.buckets[i]!
      if (seen >= rank) return Math.min(lowestOf(i + 1) - 1, this.maxUs) / 1_000
    }
    return this.maxUs / 1_000
  }

  get maxMs(): number | null {
    return this.count === 0 ? null : this.maxUs / 1_000
  }

  /** An HDR histogram, V2, compressed, base64. */
  encode(): string {
    const histogram = build({
      bitBucketSize: 32,
      autoResize: true,
      lowestDiscernibleValue: 1,
      highestTrackableValue: AGE_US_MAX,
      numberOfSignificantValueDigits: 3,
    })
    for (let i = 0; i < BUCKETS; i++) {
      if (this.buckets[i]! > 0) histogram.recordValueWithCount(lowestOf(i), this.buckets[i]!)
    }
    return encodeIntoCompressedBase64(histogram)
  }
}

function bucketOf(us: number): number {
  const shift = 32 - EXACT_BITS - Math.clz32(us)
  return shift <= 0 ? us : (shift << HALF_BITS) + (us >> shift)
}

function lowestOf(bucket: number): number {
  const shift = (bucket >> HALF_BITS) - 1
  return shift <= 0 ? bucket : ((bucket & (HALF - 1)) + HALF) * 2 ** shift
}
