/**
 * A wall clock that steps: goal: nothing that lasts is longer or shorter for it. Method: the intake on two clocks.
 */
import { expect, test } from 'vitest'
import { Intake } from '../../../src/ingest/intake.ts'
import { Feed } from '../../../src/market/feed.ts'
import { Market } from '../../../src/market/market.ts'
import { RESTART_AFTER_MS } from '../../../src/market/numbering.ts'
import { silentLog } from '../../support/silent-log.ts'

const HOUR_MS = 3_600_000

/** Takes in updates of so many numbers, a second apart; the wall clock steps after the second one. */
function taken(seqs: readonly number[], stepMs: number): (number | undefined)[] {
  const market = new Market(10)
  const clock = { wallMs: 10 * HOUR_MS, nowMs: 0 }
  const intake = new Intake(market, new Feed(5_000, 0, () => {}), {
    mark: () => {},
    wallMs: () => clock.wallMs,
    nowMs: () => clock.nowMs,
    complain: () => {},
    log: silentLog,
  })
  return seqs.map((seq, i) => {
    clock.nowMs += 1_000
    clock.wallMs += i === 2 ? stepMs : 1_000
    intake.update('t:A', { bid: `${seq}`, seq })
    return market.find('t:A')?.version
  })
}

test.each([HOUR_MS, -HOUR_MS])(
  'late duplicates stay late, and a restart is believed in time: %d ms',
  (stepMs) => {
    const run = [500, 1, 2, 3, 4, 5, 6, 7]
    const restartAt = 1 + RESTART_AFTER_MS / 1_000
    const versions = run.map((_, i) => (i < restartAt ? 500 : 501 + i - restartAt))
    expect(taken(run, stepMs)).toEqual(versions)
  },
)
