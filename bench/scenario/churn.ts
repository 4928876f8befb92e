/**
 * Churn: clients leave and come back all the time, as those on phones do.
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

export const churn = scenario({
  name: 'churn',
  question: 'What does it cost when clients leave and come back all the time?',
  procedure: 'rounds',
  values: {
    clients: 1_000,
    /** Of all clients, a second. */
    churnPart: 0.05,
    topicsEach: 20,
    topics: 500,
    updatesPerS: 1_000,
    controls: 'raw-uws',
    ...TIMES,
  },
  smoke: { clients: 60, updatesPerS: 300, ...SMOKE_TIMES },
  figures: ['reconnectsPerS', 'joinMsP50', 'joinMsP99', 'joinMsMax', ...DELIVERY, ...PROOF],
  plan: (values) => ({
    load: { topics: values.topics, updatesPerS: values.updatesPerS, order: 'random' },
    sides: [TICKWIRE, ...controls(values.controls)],
    groups: [
      clients(values.clients, values.topicsEach, {
        churnPerS: values.clients * values.churnPart,
      }),
    ],
  }),
})
