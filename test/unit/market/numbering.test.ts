/**
 * Numbering: goal: an old price is never shown as a new one, and a publisher that starts anew never freezes a topic.
 * Method: a table of single judgements, and properties over whole lives of publishers.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { advance, judge, Numbering, RESTART_AFTER_MS } from '../../../src/market/numbering.ts'

interface Sent {
  readonly seq: number
  readonly ts?: number
  readonly at: number
}

/** Feeds a fresh numbering, returns what became of each update. */
function judgeAll(sent: readonly Sent[]): string[] {
  const numbering = new Numbering()
  let version = -1
  return sent.map(({ seq, ts = Number.NaN, at }) => {
    const verdict = judge(numbering, seq, ts, at)
    if (verdict === 'late') return 'late'
    const next = advance(numbering, seq, ts, version)
    expect(next).toBeGreaterThan(version)
    version = next
    return `${verdict} ${version}`
  })
}

const LATER = RESTART_AFTER_MS

describe('judge and advance', () => {
  test.each<{ why: string; sent: Sent[]; last: string }>([
    { why: 'the first number may be 0', sent: [{ seq: 0, at: 0 }], last: 'next 0' },
    { why: 'the first number may be large', sent: [{ seq: 900, at: 0 }], last: 'next 900' },
    {
      why: 'a gap is the publisher going on',
      sent: [
        { seq: 5, at: 0 },
        { seq: 9, at: 1 },
      ],
      last: 'next 9',
    },
    {
      why: 'the same number again',
      sent: [
        { seq: 5, at: 0 },
        { seq: 5, at: 1 },
      ],
      last: 'late',
    },
    {
      why: 'a lower number of the same time',
      sent: [
        { seq: 5, ts: 100, at: 0 },
        { seq: 4, ts: 100, at: 1 },
      ],
      last: 'late',
    },
    {
      why: 'a lower number of an earlier time, however long after',
      sent: [
        { seq: 5, ts: 100, at: 0 },
        { seq: 4, ts: 90, at: 10 * LATER },
      ],
      last: 'late',
    },
    {
      why: 'a lower number of a later time is a restart at once',
      sent: [
        { seq: 500, ts: 100, at: 0 },
        { seq: 1, ts: 101, at: 1 },
      ],
      last: 'restart 501',
    },
    {
      why: 'after a restart the numbers go on from there',
      sent: [
        { seq: 500, ts: 100, at: 0 },
        { seq: 1, ts: 101, at: 1 },
        { seq: 4, ts: 102, at: 2 },
      ],
      last: 'next 504',
    },
    {
      why: 'low numbers without times, rising for long enough',
      sent: [
        { seq: 500, at: 0 },
        { seq: 1, at: 10 },
        { seq: 2, at: 9 + LATER },
        { seq: 3, at: 10 + LATER },
      ],
      last: 'restart 501',
    },
    {
      why: 'low numbers that do not rise begin a new run',
      sent: [
        { seq: 500, at: 0 },
        { seq: 2, at: 10 },
        { seq: 1, at: 9 + LATER },
        { seq: 2, at: 10 + LATER },
      ],
      last: 'late',
    },
    {
      why: 'something newer among them ends the run',
      sent: [
        { seq: 500, at: 0 },
        { seq: 1, at: 10 },
        { seq: 501, at: 20 },
        { seq: 2, at: 10 + LATER },
      ],
      last: 'late',
    },
  ])('$why: $last', ({ sent, last }) => {
    expect(judgeAll(sent).at(-1)).toBe(last)
  })

  test('unnumbered updates between numbered ones only push the version on', () => {
    const numbering = new Numbering()
    expect(advance(numbering, 7, Number.NaN, -1)).toBe(7)
    expect(advance(numbering, 8, Number.NaN, 12)).toBe(13)
    expect(advance(numbering, 9, Number.NaN, 13)).toBe(14)
  })
})

const life = fc.array(
  fc.record({ step: fc.integer({ min: 1, max: 5 }), waitMs: fc.integer({ min: 0, max: 2_000 }) }),
  { minLength: 1, maxLength: 40 },
)

describe('lives of publishers', () => {
  test('one that restarts is never frozen for longer than RESTART_AFTER_MS of its publishing', () => {
    fc.assert(
      fc.property(life, life, fc.boolean(), (before, after, hasTimes) => {
        let at = 0
        const sends = (steps: typeof before): Sent[] => {
          let seq = -1
          return steps.map(({ step, waitMs }) => {
            seq += step
            at += waitMs + 1
            return hasTimes ? { seq, ts: at, at } : { seq, at }
          })
        }
        const first = sends(before)
        const second = sends(after)
        const verdicts = judgeAll([...first, ...second]).slice(first.length)
        const taken = verdicts.findIndex((verdict) => verdict !== 'late')
        const bound = hasTimes ? 0 : RESTART_AFTER_MS
        for (const [index, { at: sentAt }] of second.entries()) {
          if (sentAt - second[0]!.at >= bound) expect(taken).toBeLessThanOrEqual(index)
        }
        // Once it is taken for what it is, it stays so.
        if (taken !== -1) expect(verdicts.slice(taken)).not.toContain('late')
      }),
    )
  })

  test('what was taken is never taken again within a burst', () => {
    const burst = fc.array(
      fc.record({ seq: fc.nat(30), waitMs: fc.nat(100) }),
      { maxLength: 40 }, // 40 x 100 ms is shorter than RESTART_AFTER_MS
    )
    fc.assert(
      fc.property(burst, (sent) => {
        let at = 0
        const verdicts = judgeAll(
          sent.map(({ seq, waitMs }) => {
            at += waitMs
            return { seq, at }
          }),
        )
        let highest = -1
        for (const [index, { seq }] of sent.entries()) {
          expect(verdicts[index]).toBe(seq > highest ? `next ${seq}` : 'late')
          highest = Math.max(highest, seq)
        }
      }),
    )
  })

  test('versions only rise, whatever comes', () => {
    const sent = fc.record({
      seq: fc.oneof(
        fc.nat(20),
        fc.maxSafeNat().map((n) => Math.floor(n / 4)),
      ),
      ts: fc.option(fc.nat(50), { nil: Number.NaN }),
      at: fc.nat(20_000),
    })
    // judgeAll() expects it of each.
    fc.assert(fc.property(fc.array(sent, { maxLength: 60 }), (all) => void judgeAll(all)))
  })
})

// Versions passed 2^53, where adding 1 changes nothing: the topic's bytes were never made anew.
test('publishers that number differently never wear the versions out', () => {
  const known = new Numbering()
  let version = -1
  for (let i = 0; i < 100; i++) {
    const seq = i % 2 === 0 ? 1.8e15 + i : i
    const next = advance(known, seq, i, version)
    expect(next).toBeGreaterThan(version)
    expect(next).toBeLessThan(2 ** 53 - 1_000)
    version = next
  }
})

test('a restarted publisher whose numbers come twice is believed as one whose do not', () => {
  const known = new Numbering()
  advance(known, 1_000_000, Number.NaN, -1)
  const verdicts = Array.from({ length: 20 }, (_, i) => judge(known, i >> 1, Number.NaN, i * 500))
  expect(verdicts).toContain('restart')
})
