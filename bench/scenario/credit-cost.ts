/**
 * Credit cost: what fast clients pay for the bound on what is on its way to slow ones.
 */
import { clients, DELIVERY, PROOF, SMOKE_TIMES, scenario, TICKWIRE, TIMES } from './common.ts'

export const creditCost = scenario({
  name: 'credit-cost',
  question: 'What do fast clients pay for bounded age?',
  procedure: 'rounds',
  values: {
    clients: 1_000,
    topicsEach: 20,
    topics: 500,
    updatesPerS: 2_000,
    laneDelayMs: 100,
    ...TIMES,
  },
  smoke: { clients: 40, updatesPerS: 300, ...SMOKE_TIMES },
  figures: ['holdsPerS', ...DELIVERY, ...PROOF],
  plan: (values) => ({
    load: { topics: values.topics, updatesPerS: values.updatesPerS, order: 'random' },
    sides: [
      {
        ...TICKWIRE,
        name: 'credit on',
        settings: { TICKWIRE_LANE_DELAY_MS: `${values.laneDelayMs}` },
      },
      { ...TICKWIRE, name: 'credit off', settings: { TICKWIRE_LANE_DELAY_MS: '0' } },
    ],
    groups: [clients(values.clients, values.topicsEach)],
  }),
})
