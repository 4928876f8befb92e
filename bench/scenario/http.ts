/**
 * HTTP: requests for last values and scrapes of /metrics while prices flow.
 */
import { clients, PROOF, SMOKE_TIMES, scenario, TICKWIRE, TIMES } from './common.ts'

export const http = scenario({
  name: 'http',
  question:
    'How fast are HTTP requests answered while prices flow, and what do they do to the prices?',
  procedure: 'http',
  values: {
    clients: 500,
    topicsEach: 20,
    topics: 500,
    updatesPerS: 1_000,
    requestsPerS: 500,
    scrapesPerS: 1,
    ...TIMES,
    rounds: 3,
  },
  smoke: { clients: 40, updatesPerS: 300, requestsPerS: 50, ...SMOKE_TIMES, rounds: 1 },
  figures: [
    'requestsPerS',
    'responseMsP50',
    'responseMsP99',
    'responseMsP999',
    'responseMsMax',
    'metrics.responseMsP50',
    'metrics.responseMsMax',
    'ageMsP50',
    'ageMsP99',
    'ageMsMax',
    'calm.ageMsP50',
    'calm.ageMsP99',
    'calm.ageMsMax',
    'cpuPercent',
    'calm.cpuPercent',
    ...PROOF,
  ],
  plan: (values) => {
    for (const name of ['requestsPerS', 'scrapesPerS'] as const) {
      if (!(values[name] >= 1)) throw new Error(`${name} must be at least 1`)
    }
    return {
      load: { topics: values.topics, updatesPerS: values.updatesPerS, order: 'random' },
      sides: [TICKWIRE],
      groups: [clients(values.clients, values.topicsEach)],
    }
  },
})
