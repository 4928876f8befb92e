/**
 * Idle: very many connections with one topic each, and hardly any updates.
 */
import { clients, controls, PROOF, SMOKE_TIMES, scenario, TICKWIRE, TIMES } from './common.ts'

export const idle = scenario({
  name: 'idle',
  question: 'What does a connection cost that has nothing to do?',
  procedure: 'idle',
  values: {
    clients: 15_000,
    joiningMax: 200,
    topics: 100,
    updatesPerS: 10,
    controls: 'raw-uws',
    ...TIMES,
  },
  smoke: { clients: 200, topics: 10, ...SMOKE_TIMES },
  figures: [
    'rssBytesPerConnection',
    'cpuUsPerConnectionPerS',
    'connectionsPerS',
    'joinMsP50',
    'joinMsP99',
    'rssMiB',
    'cpuPercent',
    'updatesPerS',
    'ageMsP50',
    'ageMsP99',
    'utilization',
    'gcMsPerS',
    ...PROOF,
  ],
  plan: (values) => ({
    load: { topics: values.topics, updatesPerS: values.updatesPerS, order: 'turns' },
    sides: [TICKWIRE, ...controls(values.controls)],
    groups: [clients(values.clients, 1, { isLate: true, joiningMax: values.joiningMax })],
  }),
})
