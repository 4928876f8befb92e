/**
 * Markets: which view is for whom, and topics of all of them that must not be mistaken for each other.
 */
import { describe, expect, test } from 'vitest'
import { Markets } from '../../../src/market/markets.ts'

function markets(...delaysMs: number[]): Markets {
  return new Markets({ maxTopics: 10, delaysMs, delayBytesMax: 1_048_576 }, 0, () => {})
}

describe('Markets', () => {
  test.each<{ why: string; kept: number[]; asked: number; delayMs: number | null }>([
    { why: 'as they come', kept: [], asked: 0, delayMs: 0 },
    { why: 'as they come, though there are views', kept: [1_000], asked: 0, delayMs: 0 },
    { why: 'what is asked for is kept', kept: [5_000, 1_000], asked: 1_000, delayMs: 1_000 },
    { why: 'more is kept', kept: [900_000, 5_000], asked: 1_001, delayMs: 5_000 },
    { why: 'less is kept', kept: [5_000], asked: 5_001, delayMs: null },
    { why: 'nothing is kept', kept: [], asked: 1, delayMs: null },
  ])('$why: $kept, $asked asked for', ({ kept, asked, delayMs }) => {
    expect(markets(...kept).of(asked)?.delayMs ?? null).toBe(delayMs)
  })

  test('a delay that is named twice is kept once', () => {
    expect(markets(1_000, 1_000).all.map(({ delayMs }) => delayMs)).toEqual([0, 1_000])
  })

  test('no two topics have the same id, those that took over a forgotten one included', () => {
    const { all } = markets(1_000, 2_000)
    for (const market of all) market.topic('t:gone')
    for (const market of all) market.release(market.find('t:gone')!)
    const topics = all.flatMap((market) => ['t:A', 't:B'].map((name) => market.topic(name)!))
    expect(new Set(topics.map(({ id }) => id)).size).toBe(topics.length)
    expect(Math.max(...topics.map(({ id }) => id))).toBe(topics.length - 1)
    expect(topics.map(({ delayMs }) => delayMs)).toEqual([0, 0, 1_000, 1_000, 2_000, 2_000])
  })
})
