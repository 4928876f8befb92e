/**
 * Soak: everything at once, for long: clients that leave and come back, others that mean harm, and a Redis that is
 * killed every minute.
 */
import { clients, PROOF, SMOKE_TIMES, scenario, TICKWIRE, TIMES } from './common.ts'

export const soak = scenario({
  name: 'soak',
  question: 'Does anything break or grow in ten minutes of churn, hostile clients and outages?',
  procedure: 'soak',
  values: {
    clients: 2_000,
    /** Of all clients, a second. */
    churnPart: 0.01,
    /** At a time, beside the clients. */
    hostile: 20,
    topicsEach: 20,
    topics: 500,
    updatesPerS: 500,
    ...TIMES,
    /** Before each, Redis is killed. */
    rounds: 10,
    roundS: 57,
    outageS: 3,
    exactS: 10,
  },
  smoke: {
    ...SMOKE_TIMES,
    clients: 60,
    hostile: 4,
    topics: 50,
    updatesPerS: 300,
    outageS: 1,
    roundS: 2,
  },
  figures: [
    'ageMsP50',
    'ageMsP99',
    'ageMsMax',
    'updatesPerS',
    'reconnectsPerS',
    'joinMsP99',
    'attacksPerS',
    'staleAfterMs',
    'liveAfterMs',
    'cpuPercent',
    'rssMiB',
    'rssSlopeKiBPerS',
    'gcMsPerS',
    ...PROOF,
  ],
  plan: (values) => ({
    load: { topics: values.topics, updatesPerS: values.updatesPerS, order: 'turns' },
    sides: [TICKWIRE],
    groups: [
      clients(values.clients, values.topicsEach, { churnPerS: values.clients * values.churnPart }),
    ],
  }),
})
