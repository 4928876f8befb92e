/**
 * Scenarios: goal: none is found to be impossible only when somebody wants its figures. Method: the plan of each, in
 * both sizes, and what its values may not be.
 */
import { describe, expect, test } from 'vitest'
import { PROCEDURES } from '../../../bench/procedure/index.ts'
import { describe as figure } from '../../../bench/report/figures.ts'
import { checkPlan } from '../../../bench/scenario/check.ts'
import { SCENARIOS } from '../../../bench/scenario/index.ts'
import type { Plan, Scenario, Values } from '../../../bench/scenario/scenario.ts'

/** What has no default, because only its user knows it. */
const NEEDED: Readonly<Record<string, Values>> = { replay: { file: 'market.ndjson' } }

function named(name: string): Scenario {
  return SCENARIOS.find((scenario) => scenario.name === name)!
}

function planOf({ name, values, smoke, plan }: Scenario, size: string): Plan {
  return checkPlan(plan({ ...values, ...NEEDED[name], ...(size === 'smoke' ? smoke : {}) }))
}

test('names are unique', () => {
  expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length)
})

describe.each(SCENARIOS)('$name', (scenario) => {
  test.each(['whole', 'smoke'])('has a plan in its %s size', (size) => {
    const { sides, groups } = planOf(scenario, size)
    expect(sides[0]!.server).toBe('tickwire')
    expect(groups.length).toBeGreaterThan(0)
  })

  test('changes only values that it has when it is small', () => {
    for (const [key, value] of Object.entries(scenario.smoke)) {
      expect(typeof scenario.values[key], key).toBe(typeof value)
    }
  })

  test('has the values that every procedure needs, a question, and figures that are described', () => {
    expect(scenario.values).toMatchObject({
      rounds: expect.any(Number),
      roundS: expect.any(Number),
      warmUpS: expect.any(Number),
      exactS: expect.any(Number),
    })
    expect(scenario.question).toMatch(/^[A-Z].*\?$/)
    expect(PROCEDURES[scenario.procedure]).toBeDefined()
    for (const name of scenario.figures) expect(() => figure(name)).not.toThrow()
  })
})

test.each<[string, Values, string]>([
  [
    'watchlist',
    { controls: 'raw-usw' },
    "controls takes raw-uws, ws, socket.io, none, not 'raw-usw'",
  ],
  ['watchlist', { controls: 'ws,ws' }, 'two sides have the same name'],
  ['watchlist', { clients: 0 }, 'clients of clients must be a whole number'],
  ['watchlist', { clients: 1.5 }, 'must be a whole number'],
  ['watchlist', { topics: 2_000 }, 'topics must be a whole number, at least 1 and at most 1000'],
  ['watchlist', { topics: 10 }, 'clients cannot have 20 of 10 topics each'],
  ['watchlist', { updatesPerS: 0 }, 'updatesPerS must be above 0'],
  ['replay', {}, '--set file=PATH: NDJSON or NDJSON.gz'],
  ['replay', { file: 'a', topic: 'trade:{symbol}' }, 'topic must begin with ticker:'],
  ['replay', { file: 'a', speed: 0 }, 'speed must be above 0'],
  ['redis-outage', { kind: 'burn' }, 'kind takes kill or hang, not burn'],
  ['capacity', { fromPerS: 10, toPerS: 10 }, 'fromPerS must be below toPerS'],
  ['http', { scrapesPerS: 0 }, 'scrapesPerS must be at least 1'],
])('%s refuses %j', (name, values, says) => {
  const scenario = named(name)
  expect(() => checkPlan(scenario.plan({ ...scenario.values, ...values }))).toThrow(says)
})

test('none has no controls, and several are so many sides', () => {
  const { plan, values } = named('watchlist')
  expect(plan({ ...values, controls: 'none' }).sides).toHaveLength(1)
  const { sides } = plan({ ...values, controls: 'raw-uws, ws,socket.io' })
  expect(sides.map(({ server }) => server)).toEqual(['tickwire', 'raw-uws', 'ws', 'socket.io'])
})

test('one of the servers of slow-readers has no slow readers', () => {
  const { sides } = planOf(named('slow-readers'), 'whole')
  expect(sides.map(({ without }) => without)).toEqual([undefined, undefined, ['slow']])
})
