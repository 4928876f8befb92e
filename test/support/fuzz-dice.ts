/**
 * Dice: random choices for one fuzz input. The same seed and index always make the same input, on any machine.
 * Own code because each input needs a generator of its own, and a million of them must cost nothing: mulberry32.
 */
export class Dice {
  private state: number

  constructor(seed: number, index: number) {
    this.state = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca77)
    // The first numbers of neighbouring states are alike.
    this.next()
    this.next()
  }

  /** From 0 to 2^32 - 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }

  /** A whole number from 0 to `bound` - 1. */
  below(bound: number): number {
    return Math.floor((this.next() / 2 ** 32) * bound)
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }

  /** Few most of the time, and up to `most` at times: lengths as they happen to be. */
  length(most: number): number {
    return this.below(1 + Math.floor(most / 2 ** this.below(Math.log2(most + 2))))
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length)
    for (let i = 0; i < length; i++) bytes[i] = this.next()
    return bytes
  }
}
