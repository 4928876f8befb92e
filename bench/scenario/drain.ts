/**
 * Drain: a server is stopped under load, as at every deployment, and another one takes over.
 */
import { clients, controls, PROOF, SMOKE_TIMES, scenario, TICKWIRE, TIMES } from './common.ts'

export const drain = scenario({
  name: 'drain',
  question: 'How long are clients without prices when their server is replaced?',
  procedure: 'drain',
  values: {
    clients: 500,
    topicsEach: 20,
    topics: 500,
    updatesPerS: 1_000,
    // Controls say no goodbye and send no values on joining: there is nothing to compare.
    controls: 'none',
    ...TIMES,
    rounds: 1,
  },
  smoke: { clients: 40, updatesPerS: 300, ...SMOKE_TIMES, rounds: 1 },
  figures: [
    'closedAfterMs',
    'closedSpreadMs',
    'backAfterMs',
    'calm.ageMsP99',
    'ageMsP50',
    'ageMsP99',
    'ageMsMax',
    'cpuPercent',
    'rssMiB',
    ...PROOF,
  ],
  plan: (values) => ({
    // In turns: the second server knows nothing of what was published before it started.
    load: { topics: values.topics, updatesPerS: values.updatesPerS, order: 'turns' },
    sides: [TICKWIRE, ...controls(values.controls)],
    groups: [clients(values.clients, values.topicsEach)],
  }),
})
