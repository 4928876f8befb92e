/**
 * Figures of a round: goal: what is divided by what. Method: counts made up so that each figure comes out even.
 */
import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js'
import { expect, test } from 'vitest'
import type { GroupFigures } from '../../../bench/load/receivers.ts'
import { figuresOf, type SideRound } from '../../../bench/stage/figures.ts'

function histogram(...us: number[]): string {
  const times = build()
  for (const value of us) times.recordValue(value)
  return encodeIntoCompressedBase64(times)
}

const GROUP = { name: 'clients', clients: 10, topicsEach: 5, bytesPerS: null }

const COUNTS: GroupFigures = {
  clients: 10,
  frames: 400,
  updates: 800,
  bytes: 80_000,
  disorders: 0,
  closed: 0,
  reconnects: 0,
  ages: histogram(2_000),
  joins: histogram(),
  utilization: 0.1,
}

const NOTHING = { usage: null, metrics: null, control: null }

const ROUND: SideRound = {
  seconds: 2,
  before: NOTHING,
  after: NOTHING,
  groups: [{ group: GROUP, figures: COUNTS }],
  isGrouped: false,
  published: 200,
  topics: 10,
}

test('what clients have read', () => {
  expect(figuresOf(ROUND)).toMatchObject({
    updatesPerS: 400,
    framesPerS: 200,
    updatesPerFrame: 2,
    bytesPerUpdate: 100,
    // Each of 10 clients has half the topics: 100 of 200 updates.
    deliveredPart: 0.8,
    ageMsP50: 2,
    ageMsMax: 2,
  })
})

test('what the server has used', () => {
  const figures = figuresOf({
    ...ROUND,
    before: { ...NOTHING, usage: { cpuUs: 1_000, rssBytes: 0 } },
    after: { ...NOTHING, usage: { cpuUs: 201_000, rssBytes: 3 * 1024 * 1024 } },
  })
  expect(figures).toMatchObject({ cpuUsPerUpdate: 250, cpuPercent: 10, rssMiB: 3 })
})

test('what tickwire tells', () => {
  const figures = figuresOf({
    ...ROUND,
    before: { ...NOTHING, metrics: { tickwire_superseded_total: 10 } },
    after: {
      ...NOTHING,
      metrics: {
        tickwire_superseded_total: 30,
        'nodejs_gc_duration_seconds_sum{kind="minor"}': 0.003,
        'nodejs_gc_duration_seconds_sum{kind="major"}': 0.001,
      },
    },
  })
  expect(figures).toMatchObject({ supersededPerS: 10, gcMsPerS: 2 })
})

test('what a control tells', () => {
  const figures = figuresOf({
    ...ROUND,
    before: { ...NOTHING, control: { utilization: 0.9, gcMs: 5 } },
    after: { ...NOTHING, control: { utilization: 0.25, gcMs: 9 } },
  })
  expect(figures).toMatchObject({ utilization: 0.25, gcMsPerS: 2 })
})

test('groups are told apart where there are several', () => {
  const slow = { ...GROUP, name: 'slow' }
  const figures = figuresOf({
    ...ROUND,
    isGrouped: true,
    groups: [...ROUND.groups, { group: slow, figures: { ...COUNTS, updates: 200 } }],
  })
  expect(figures).toMatchObject({
    'clients.deliveredPart': 0.8,
    'slow.deliveredPart': 0.2,
    deliveredPart: 0.5,
    'slow.ageMsP99': 2,
  })
  expect(figures).not.toHaveProperty('ageMsP99')
})

test('what was offered to those who were not there for all of it is not known', () => {
  const groups = [{ group: { ...GROUP, churnPerS: 1 }, figures: { ...COUNTS, reconnects: 4 } }]
  const figures = figuresOf({ ...ROUND, groups })
  expect(figures.deliveredPart).toBeNaN()
  expect(figures.reconnectsPerS).toBe(2)
})
