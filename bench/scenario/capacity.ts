/**
 * Capacity: how many updates a second one server can fan out before they get old.
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

export const capacity = scenario({
  name: 'capacity',
  question: 'What is the highest rate of updates at which none gets old?',
  procedure: 'capacity',
  values: {
    clients: 500,
    topicsEach: 20,
    topics: 500,
    fromPerS: 500,
    toPerS: 32_000,
    steps: 6,
    p99MsMax: 50,
    controls: 'raw-uws',
    ...TIMES,
  },
  smoke: { clients: 40, topics: 40, fromPerS: 100, toPerS: 1_000, steps: 1, ...SMOKE_TIMES },
  figures: ['updatesPerSMax', ...DELIVERY, ...PROOF],
  plan: (values) => {
    if (!(values.fromPerS < values.toPerS)) throw new Error('fromPerS must be below toPerS')
    if (!(values.p99MsMax > 0)) throw new Error('p99MsMax must be above 0')
    return {
      load: { topics: values.topics, updatesPerS: values.fromPerS, order: 'turns' },
      sides: [TICKWIRE, ...controls(values.controls)],
      groups: [clients(values.clients, values.topicsEach)],
    }
  },
})
