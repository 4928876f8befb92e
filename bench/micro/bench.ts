/**
 * What a micro bench is made of, and the updates that all of them use.
 */
import { Walk } from '../../src/ingest/walk.ts'

export interface MicroBench {
  readonly name: string
  /** The question that its figures answer. */
  readonly asks: string
  cases(): MicroCase[]
}

export interface MicroCase {
  readonly name: string
  /** How many updates one run stands for: figures are per update. */
  readonly updates: number
  run(): void
}

export const SYMBOLS = 500
export const UPDATES = 1_000

/** The same updates each time: `first` gives every topic its value, `next` is what then happens. */
export function updates() {
  const walk = new Walk({ symbols: SYMBOLS, seed: 1 })
  return {
    first: walk.all(1_617_647_428_063),
    next: Array.from({ length: UPDATES }, (_, i) => walk.next(1_617_647_428_064 + i)),
  }
}
