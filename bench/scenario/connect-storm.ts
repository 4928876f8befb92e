/**
 * Connect storm: everybody comes back at once, as after a restart, while some are there already.
 */
import { clients, controls, PROOF, SMOKE_TIMES, scenario, TICKWIRE, TIMES } from './common.ts'

export const connectStorm = scenario({
  name: 'connect-storm',
  question:
    'How long until thousands of new clients have their values, and what is it to those who are there?',
  procedure: 'storm',
  values: {
    clients: 10_000,
    topicsEach: 20,
    joiningMax: 500,
    before: 200,
    // Not as many as the others have: the server's list of lanes is told apart by it.
    beforeTopicsEach: 10,
    topics: 500,
    updatesPerS: 500,
    controls: 'raw-uws',
    ...TIMES,
  },
  smoke: { clients: 300, joiningMax: 100, before: 20, updatesPerS: 200, ...SMOKE_TIMES },
  figures: [
    'joinedAfterMs',
    'connectionsPerS',
    'joinMsP50',
    'joinMsP99',
    'joinMsMax',
    'heldBefore',
    'before.ageMsP50',
    'before.ageMsP99',
    'before.ageMsMax',
    'calm.before.ageMsP50',
    'calm.before.ageMsP99',
    'calm.before.ageMsMax',
    'cpuPercent',
    'rssMiB',
    ...PROOF,
  ],
  plan: (values) => ({
    load: { topics: values.topics, updatesPerS: values.updatesPerS, order: 'random' },
    sides: [TICKWIRE, ...controls(values.controls)],
    groups: [
      clients(values.before, values.beforeTopicsEach, { name: 'before' }),
      clients(values.clients, values.topicsEach, {
        name: 'late',
        isLate: true,
        joiningMax: values.joiningMax,
      }),
    ],
  }),
})
