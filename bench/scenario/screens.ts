/**
 * Screens: clients that people look at ask for an interval, and get the latest values once in it.
 */
import { clients, DELIVERY, PROOF, SMOKE_TIMES, scenario, TICKWIRE, TIMES } from './common.ts'

export const screens = scenario({
  name: 'screens',
  question: 'What does an interval save?',
  procedure: 'rounds',
  values: {
    clients: 500,
    topicsEach: 50,
    topics: 500,
    updatesPerS: 2_000,
    intervalMs: 250,
    ...TIMES,
  },
  smoke: { clients: 50, updatesPerS: 500, ...SMOKE_TIMES },
  figures: ['framesPerS', 'pacedPerS', ...DELIVERY, ...PROOF],
  plan: (values) => ({
    load: { topics: values.topics, updatesPerS: values.updatesPerS, order: 'random' },
    sides: [
      {
        ...TICKWIRE,
        name: `every ${values.intervalMs} ms`,
        params: { intervalMs: values.intervalMs },
      },
      { ...TICKWIRE, name: 'at once' },
    ],
    groups: [clients(values.clients, values.topicsEach)],
  }),
})
