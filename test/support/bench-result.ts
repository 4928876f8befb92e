/**
 * Bench result: a made-up one of slow-readers, as plausible as a real one: two servers, fast and slow clients, 25 s.
 */
import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js'
import type { Distribution, Result, Series, SideResult } from '../../bench/report/result.ts'
import { SCHEMA_VERSION } from '../../bench/report/result.ts'
import { ratiosOf, spreadOf } from '../../bench/report/spread.ts'

const SECONDS = 25
const TIMES = 40_000
const US_PER_MS = 1_000

/** The result, with whatever a test wants otherwise. */
export function benchResult(changes: Partial<Result> = {}): Result {
  const sides = [tickwire(), rawUws()]
  return {
    schemaVersion: SCHEMA_VERSION,
    scenario: 'slow-readers',
    question: 'What do clients that cannot keep up read, and what do they change for the others?',
    isSmoke: false,
    isPartial: false,
    values: { fastClients: 90, slowClients: 10, topics: 200, updatesPerS: 2_000, rounds: 5 },
    command: 'npm run bench -- slow-readers',
    environment: {
      cpu: 'Example CPU @ 2.80GHz',
      cores: 2,
      memoryMiB: 7_936,
      kernel: '6.1.0',
      node: 'v20.20.2',
      versions: { 'uWebSockets.js': '20.0.8', redis: '7.0.15' },
      commit: '9a4bcb5',
      isChanged: false,
      limits: { nofile: '20000' },
      clock: 'wall clock of this host',
      placement: 'servers on core 0, all else on core 1',
      startedAt: '2026-11-24T10:00:00.000Z',
    },
    shown: SHOWN,
    sides,
    ratios: ratiosOf('cpuUsPerUpdate', sides),
    voids: [],
    remarks: ['up to 100 ms of an age is the time between two updates of a topic'],
    ...changes,
  }
}

/** A side with figures of one round each, for tests of single figures. */
export function sideOf(
  name: string,
  figures: Readonly<Record<string, readonly number[]>>,
): SideResult {
  const spreads = Object.entries(figures).map(([key, rounds]) => [key, spreadOf(rounds)] as const)
  return {
    name,
    server: name,
    figures: Object.fromEntries(spreads),
    distributions: [],
    timeline: [],
  }
}

/** Times as a run records them; `msAt` gives the time below which such a part of all lies. */
export function distributionOf(name: string, msAt: (part: number) => number): Distribution {
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 60_000_000,
    numberOfSignificantValueDigits: 3,
  })
  for (let i = 0; i < TIMES; i++) {
    histogram.recordValue(Math.round(msAt((i + 0.5) / TIMES) * US_PER_MS))
  }
  return { name, count: TIMES, histogram: encodeIntoCompressedBase64(histogram) }
}

const SHOWN = [
  'slow.ageMsP50',
  'slow.ageMsP99',
  'slow.exactPart',
  'slow.deliveredPart',
  'fast.ageMsP50',
  'fast.ageMsP99',
  'fast.deliveredPart',
  'cpuUsPerUpdate',
  'rssMiB',
  'supersededPerS',
  'disorders',
]

function tickwire(): SideResult {
  return {
    ...sideOf('tickwire', {
      'slow.ageMsP50': [135, 131, 139, 134, 136],
      'slow.ageMsP99': [243, 239, 251, 240, 246],
      'slow.exactPart': [1, 1, 1, 1, 1],
      'slow.deliveredPart': [0.231, 0.229, 0.234, 0.231, 0.23],
      'fast.ageMsP50': [5.3, 5.1, 5.6, 5.2, 5.4],
      'fast.ageMsP99': [14.2, 13.8, 16.1, 14, 14.4],
      'fast.deliveredPart': [1, 1, 1, 0.99999, 1],
      cpuUsPerUpdate: [3.51, 3.42, 3.66, 3.49, 3.55],
      rssMiB: [92.1, 92.3, 91.8, 92.4, 92.2],
      supersededPerS: [15_380, 15_402, 15_311, 15_377, 15_390],
      disorders: [0, 0, 0, 0, 0],
    }),
    distributions: [
      distributionOf('age of fast', (part) => 5 * (1 - part) ** -0.23),
      distributionOf('age of slow', (part) => 60 + 75 * (1 - part) ** -0.2),
    ],
    timeline: [
      series('slow.ageMsP99', (s) => 200 + 60 * Math.sin(s * 1.7) * Math.cos(s * 0.6)),
      series('fast.ageMsP99', (s) => 13 + 4 * Math.sin(s * 2.1) ** 2),
      series('rssMiB', (s) => 92 + 0.3 * Math.sin(s)),
    ],
  }
}

function rawUws(): SideResult {
  return {
    ...sideOf('raw-uws', {
      'slow.ageMsP50': [12_400, 12_100, 12_800, 12_300, 12_500],
      'slow.ageMsP99': [20_400, 20_100, 20_900, 20_300, 20_500],
      'slow.exactPart': [0, 0, 0, 0, 0],
      'slow.deliveredPart': [0.232, 0.23, 0.233, 0.231, 0.232],
      'fast.ageMsP50': [5.2, 5, 5.5, 5.2, 5.3],
      'fast.ageMsP99': [13.3, 13, 15.2, 13.2, 13.9],
      'fast.deliveredPart': [1, 1, 1, 1, 1],
      cpuUsPerUpdate: [3.41, 3.38, 3.5, 3.4, 3.45],
      rssMiB: [64.3, 88.1, 112.7, 136, 160.2],
      disorders: [0, 0, 0, 0, 0],
    }),
    distributions: [
      distributionOf('age of fast', (part) => 4.9 * (1 - part) ** -0.23),
      distributionOf('age of slow', (part) => 4_000 + 17_000 * part),
    ],
    timeline: [
      series('slow.ageMsP99', (s) => (s < 0.5 ? null : 300 + 810 * s)),
      series('fast.ageMsP99', (s) => 12.4 + 4 * Math.cos(s * 1.9) ** 2),
      series('rssMiB', (s) => 64 + 3.9 * s),
    ],
  }
}

/** Four samples a second. */
function series(name: string, valueAt: (atS: number) => number | null): Series {
  const points = Array.from({ length: SECONDS * 4 + 1 }, (_, i) => {
    const value = valueAt(i / 4)
    return [i / 4, value === null ? null : Number(value.toPrecision(5))] as const
  })
  return { name, points }
}
