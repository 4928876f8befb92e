/**
 * Workers: what several processes on one port cost beside one. Each takes in every update by itself; the rest of the work
 * is divided. Only where there are cores for all of them do they also serve more clients.
 */
import { clients, DELIVERY, PROOF, SMOKE_TIMES, scenario, TICKWIRE, TIMES } from './common.ts'

export const workers = scenario({
  name: 'workers',
  question: 'What does an update cost with several workers, next to one process?',
  procedure: 'rounds',
  values: {
    workers: 4,
    clients: 400,
    topicsEach: 20,
    topics: 500,
    updatesPerS: 1_000,
    ...TIMES,
  },
  smoke: { workers: 2, clients: 40, updatesPerS: 300, ...SMOKE_TIMES },
  figures: [...DELIVERY, ...PROOF],
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
