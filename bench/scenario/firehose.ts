/**
 * Firehose: few clients that each want everything: large frames, and hardly any choice of whom to send what.
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

export const firehose = scenario({
  name: 'firehose',
  question: 'What does an update cost where every client has every topic?',
  procedure: 'rounds',
  values: { clients: 100, topics: 200, updatesPerS: 4_000, controls: 'raw-uws', ...TIMES },
  smoke: { clients: 20, topics: 50, updatesPerS: 500, ...SMOKE_TIMES },
  figures: [...DELIVERY, ...PROOF],
  // In turns, so that nothing is conflated and all servers deliver the same.
  plan: (values) => ({
    load: { topics: values.topics, updatesPerS: values.updatesPerS, order: 'turns' },
    sides: [TICKWIRE, ...controls(values.controls)],
    groups: [clients(values.clients, values.topics)],
  }),
})
