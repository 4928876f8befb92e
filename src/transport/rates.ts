/**
 * Rates: how often each address may ask over HTTP. Whoever is quiet for a while is forgotten. Pure.
 */
import { limitKey } from './addresses.ts'
import { Bucket } from './bucket.ts'

/** Beyond so many at a time, the one that asked longest ago is forgotten. */
export const ADDRESSES_MAX = 100_000
/** Of a second's requests; what a page asks for when it opens comes at once. */
const BURST_S = 2

export class Rates {
  private readonly perS: number
  /** The one that asked last comes last. */
  private readonly buckets = new Map<string, Bucket>()

  constructor(perS: number) {
    this.perS = perS
  }

  /** Addresses that are not forgotten yet. */
  get size(): number {
    return this.buckets.size
  }

  /**
   * Counts a request. Returns 0 where it may go on, else after how many ms one may. Refused ones do not count: many
   * share an address, and a program that never waits must not shut out all others behind it.
   */
  take(address: string, nowMs: number): number {
    const { buckets, perS } = this
    const key = limitKey(address)
    const bucket = buckets.get(key) ?? new Bucket(perS, BURST_S * perS, nowMs)
    buckets.delete(key)
    const isFree = bucket.take(nowMs)
    buckets.set(key, bucket)
    this.forget(nowMs)
    return isFree ? 0 : bucket.waitMs(nowMs)
  }

  /** A full bucket tells as much as none. One before it that is not full keeps it a little longer. */
  private forget(nowMs: number): void {
    for (const [key, bucket] of this.buckets) {
      if (this.buckets.size <= ADDRESSES_MAX && !bucket.isFull(nowMs)) return
      this.buckets.delete(key)
    }
  }
}
