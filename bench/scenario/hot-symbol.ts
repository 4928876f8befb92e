/**
 * Hot symbol: very many clients on one topic: an update is encoded once and written thousands of times.
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

export const hotSymbol = scenario({
  name: 'hot-symbol',
  question: 'How fast does an update reach thousands of clients of one topic?',
  procedure: 'rounds',
  values: { clients: 5_000, updatesPerS: 5, controls: 'raw-uws', ...TIMES },
  smoke: { clients: 200, ...SMOKE_TIMES },
  figures: [...DELIVERY, ...PROOF],
  plan: (values) => ({
    load: { topics: 1, updatesPerS: values.updatesPerS, order: 'turns' },
    sides: [TICKWIRE, ...controls(values.controls)],
    groups: [clients(values.clients, 1)],
  }),
})
