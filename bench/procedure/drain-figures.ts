/**
 * Figures of a drain: what became of the clients that moved from one server to the next. Pure.
 */
import type { MoveFigures } from '../load/receivers.ts'
import type { Group } from '../scenario/scenario.ts'

const PARTS = 10

/** What clients noticed, and, of those that follow goaway, how evenly they came. */
export function moveFigures(moves: MoveFigures, group: Group): Record<string, number> {
  const { kept, goneBack, missed, gapsMs } = moves
  const sorted = gapsMs.toSorted((a, b) => a - b)
  const gapAt = (part: number) => sorted[Math.ceil(part * sorted.length) - 1]!
  const all = { goneBack, gapMsP50: gapAt(0.5), gapMsP99: gapAt(0.99), gapMsMax: gapAt(1) }
  if (group.followsGoaway !== true) return all
  const parts = partsOf(moves)
  const came = parts.reduce((sum, one) => sum + one, 0)
  return {
    ...all,
    missed,
    keptPart: kept / group.clients,
    leastPart: Math.min(...parts) / came,
    mostPart: Math.max(...parts) / came,
  }
}

/** How many came in each tenth of the time between the first and the last that they were told. */
export function partsOf({ beganMs, toldFromMs, toldToMs }: MoveFigures): number[] {
  const parts = Array<number>(PARTS).fill(0)
  for (const atMs of beganMs) {
    const part = Math.floor(((atMs - toldFromMs) / (toldToMs - toldFromMs)) * PARTS)
    parts[Math.min(PARTS - 1, Math.max(0, part))]!++
  }
  return parts
}
