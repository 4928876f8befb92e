/**
 * Watchlist: the ordinary case: many clients, each with a few of many topics.
 */
import {
  clients,
  controls,
  DELIVERY,
  PROOF,
  SMOKE_TIMES,
  scenario,
  TICKWIRE,
  TIMES,
} from './common.ts'

export const watchlist = scenario({
  name: 'watchlist',
  question: 'What does an update cost where each client has some of many topics?',
  procedure: 'rounds',
  values: {
    clients: 1_000,
    topicsEach: 20,
    topics: 500,
    updatesPerS: 2_000,
    controls: 'raw-uws',
    ...TIMES,
  },
  smoke: { clients: 60, updatesPerS: 500, ...SMOKE_TIMES },
  figures: [...DELIVERY, ...PROOF],
  plan: (values) => ({
    load: { topics: values.topics, updatesPerS: values.updatesPerS, order: 'random' },
    sides: [TICKWIRE, ...controls(values.controls)],
    groups: [clients(values.clients, values.topicsEach)],
  }),
})
