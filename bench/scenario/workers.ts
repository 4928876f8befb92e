/**
 * Workers: what several processes on one port cost beside one. Each takes in every update by itself; the rest of the work
 * is divided. Workers are for loads that fill a core, so that is what there is here, and each has the core in its turn:
 * only where there are cores for all of them do they also serve more clients.
 */
import { clients, DELIVERY, PROOF, SMOKE_TIMES, scenario, TICKWIRE, TIMES } from './common.ts'

export const workers = scenario({
  name: 'workers',
  question: 'What does an update cost with several workers, next to one process?',
  procedure: 'turns',
  values: {
    workers: 4,
    clients: 1_800,
    topicsEach: 20,
    topics: 100,
    updatesPerS: 120,
    ...TIMES,
    /** Each worker has its own part of the load to make its code fast with: with 5 s the ratio came out at 1.3. */
    warmUpS: 40,
    roundS: 8,
  },
  smoke: { workers: 2, clients: 40, updatesPerS: 300, ...SMOKE_TIMES },
  // A process that has just started grows.
  figures: [...DELIVERY.filter((name) => name !== 'rssSlopeKiBPerS'), ...PROOF],
  plan: (values) => ({
    load: { topics: values.topics, updatesPerS: values.updatesPerS, order: 'random' },
    sides: [
      {
        ...TICKWIRE,
        name: `${values.workers} workers`,
        settings: { TICKWIRE_WORKERS: `${values.workers}` },
      },
      { ...TICKWIRE, name: '1 process' },
    ],
    groups: [clients(values.clients, values.topicsEach)],
  }),
})
