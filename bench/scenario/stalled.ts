/**
 * Stalled: some clients stop reading altogether, as those do whose network is gone or whose program hangs.
 */
import { clients, controls, PROOF, SMOKE_TIMES, scenario, TICKWIRE, TIMES } from './common.ts'

export const stalled = scenario({
  name: 'stalled',
  question: 'What do clients that never read cost the server, and the others?',
  procedure: 'rounds',
  values: {
    clients: 450,
    stalledClients: 50,
    topicsEach: 20,
    topics: 500,
    updatesPerS: 2_000,
    controls: 'raw-uws',
    ...TIMES,
  },
  smoke: { clients: 40, stalledClients: 4, updatesPerS: 500, ...SMOKE_TIMES },
  figures: [
    'reading.ageMsP50',
    'reading.ageMsP99',
    'reading.ageMsMax',
    'reading.deliveredPart',
    'cpuUsPerUpdate',
    'cpuPercent',
    'updatesPerS',
    'rssMiB',
    'rssSlopeKiBPerS',
    ...PROOF,
  ],
  plan: (values) => ({
    load: { topics: values.topics, updatesPerS: values.updatesPerS, order: 'random' },
    sides: [TICKWIRE, ...controls(values.controls)],
    groups: [
      clients(values.clients, values.topicsEach, { name: 'reading' }),
      clients(values.stalledClients, values.topicsEach, { name: 'stalled', bytesPerS: 0 }),
    ],
  }),
})
