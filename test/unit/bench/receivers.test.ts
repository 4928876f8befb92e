/**
 * What receivers keep: goal: times are counted as the HDR package would, and every topic has as many clients as any
 * other. Method: the package itself beside the tally, and all shares of a group counted.
 */

import fc from 'fast-check'
import { build, decodeFromCompressedBase64 } from 'hdr-histogram-js'
import { describe, expect, test } from 'vitest'
import { explained } from '../../../bench/load/connect-error.ts'
import { AGE_US_MAX } from '../../../bench/load/marks.ts'
import { topicNames } from '../../../bench/load/payload.ts'
import { NOT_MINE, Shares } from '../../../bench/load/shares.ts'
import { Tally } from '../../../bench/load/tally.ts'

describe('a tally', () => {
  const times = fc.array(
    fc.oneof(fc.nat({ max: 5_000 }), fc.nat({ max: AGE_US_MAX }), fc.constant(AGE_US_MAX)),
    { minLength: 1, maxLength: 50 },
  )

  test('has the percentiles of an HDR histogram, and becomes one', () => {
    fc.assert(
      fc.property(times, times, (some, others) => {
        const histogram = build({ numberOfSignificantValueDigits: 3 })
        const [tally, other] = [new Tally(), new Tally()]
        for (const us of some) tally.record(us)
        for (const us of others) other.record(us)
        for (const us of [...some, ...others]) histogram.recordValue(us)
        tally.add(other)
        const decoded = decodeFromCompressedBase64(tally.encode())
        expect(decoded.totalCount).toBe(histogram.totalCount)
        for (const percentile of [1, 50, 90, 99, 100]) {
          const us = histogram.getValueAtPercentile(percentile)
          expect(decoded.getValueAtPercentile(percentile)).toBe(us)
          expect(tally.percentileMs(percentile)).toBe(Math.min(us, tally.maxUs) / 1_000)
        }
      }),
      { numRuns: 100 },
    )
  })

  test('of nothing has no percentiles', () => {
    const tally = new Tally()
    tally.record(7)
    tally.reset()
    expect([tally.percentileMs(50), tally.maxMs, tally.count]).toEqual([null, null, 0])
    expect(decodeFromCompressedBase64(tally.encode()).totalCount).toBe(0)
  })
})

describe('shares', () => {
  test.each([
    { topics: 1_000, each: 1, clients: 2_000 },
    { topics: 77, each: 20, clients: 77 },
    { topics: 500, each: 50, clients: 1_000 },
    { topics: 12, each: 12, clients: 3 },
  ])('of $each of $topics topics for $clients clients are even', ({ topics, each, clients }) => {
    const shares = new Shares(topicNames(topics), each, clients)
    const receivers = new Map<string, number>()
    for (let client = 0; client < clients; client++) {
      const names = shares.namesOf(client)
      expect(new Set(names).size).toBe(each)
      for (const [i, name] of names.entries()) {
        receivers.set(name, (receivers.get(name) ?? 0) + 1)
        expect(shares.positionOfName(client, name)).toBe(i)
      }
    }
    expect(new Set(receivers.values())).toEqual(new Set([(clients * each) / topics]))
    expect(receivers.size).toBe(topics)
  })

  test('know what is nobody’s, old, exact and forgotten', () => {
    const names = topicNames(10)
    const shares = new Shares(names, 2, 2)
    expect(shares.namesOf(1)).toEqual([names[7], names[8]])
    expect(shares.positionOf(7, 6)).toBe(NOT_MINE)
    expect(shares.positionOf(7, 999)).toBe(NOT_MINE)
    expect(shares.positionOfName(1, 'ticker:other')).toBe(NOT_MINE)
    const counts = [0, 0, 0, 0, 0, 0, 0, 3, 0, 0]
    expect([shares.isNews(1, 0, 2), shares.isNews(1, 0, 2)]).toEqual([true, false])
    expect(shares.isExact(1, counts)).toBe(false)
    expect([shares.isNews(1, 0, 3), shares.isExact(1, counts)]).toEqual([true, true])
    expect([shares.hasValue(1, 0), shares.hasValue(1, 1)]).toEqual([true, false])
    shares.forget(1)
    expect([shares.hasValue(1, 0), shares.isExact(1, counts)]).toEqual([false, false])
  })

  test('tell what a client’s next connection lacks of its last one', () => {
    const shares = new Shares(topicNames(10), 3, 5)
    const [last, next] = [2, shares.otherRow(2)]
    expect(shares.otherRow(next)).toBe(last)
    for (const [position, count] of [7, 7, 7].entries()) shares.isNews(last, position, count)
    expect([shares.behind(next), shares.skipped(next)]).toEqual([3, 0])
    shares.isNews(next, 0, 6) // older
    shares.isNews(next, 1, 8) // the one after
    shares.isNews(next, 2, 10) // two were neither here nor there
    expect([shares.behind(next), shares.skipped(next)]).toEqual([1, 2])
    shares.isNews(next, 0, 7)
    shares.isNews(next, 1, 20) // what the next one skips by itself is its server's business
    expect([shares.behind(next), shares.skipped(next)]).toEqual([0, 2])
    expect([shares.isNews(last, 0, 8), shares.behind(next), shares.behind(last)]).toEqual([
      true,
      1,
      2,
    ])
    shares.forget(next)
    expect([shares.behind(next), shares.skipped(next)]).toEqual([3, 0])
    // Nobody else's.
    expect([shares.hasValue(1, 0), shares.hasValue(3, 0)]).toEqual([false, false])
  })

  test('of more topics than there are make no sense', () => {
    expect(() => new Shares(topicNames(3), 4, 1)).toThrow('cannot have 4 of 3 topics')
  })
})

test.each([
  { code: 'EMFILE', says: /no more than \d+ files.*ulimit -n/ },
  { code: 'ENFILE', says: /fs\.file-max/ },
  { code: 'EADDRNOTAVAIL', says: /no local port.*127\.0\.0\.1:9000.*ip_local_port_range/ },
])('$code is explained', ({ code, says }) => {
  const error = Object.assign(new Error('connect'), { code })
  expect(explained(error, new URL('ws://127.0.0.1:9000/ws')).message).toMatch(says)
})
