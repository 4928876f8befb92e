/**
 * Slow readers: clients that read a fraction of the feed beside others that read all of it. The third server has only
 * the fast ones: what the slow ones do to them is the difference.
 */
import { clients, controls, PROOF, SMOKE_TIMES, scenario, TICKWIRE, TIMES } from './common.ts'

export const slowReaders = scenario({
  name: 'slow-readers',
  question:
    'How old is what a client reads that is slower than the feed, and what is it to the others?',
  procedure: 'rounds',
  values: {
    fastClients: 90,
    slowClients: 10,
    slowBytesPerS: 50_000,
    topics: 200,
    updatesPerS: 2_000,
    controls: 'raw-uws',
    ...TIMES,
  },
  smoke: {
    fastClients: 10,
    slowClients: 3,
    slowBytesPerS: 20_000,
    topics: 100,
    updatesPerS: 500,
    ...SMOKE_TIMES,
  },
  figures: [
    'slow.ageMsP50',
    'slow.ageMsP99',
    'slow.ageMsMax',
    'slow.deliveredPart',
    'slow.exactPart',
    'fast.ageMsP50',
    'fast.ageMsP99',
    'fast.ageMsMax',
    'fast.deliveredPart',
    'cpuUsPerUpdate',
    'cpuPercent',
    'updatesPerS',
    'supersededPerS',
    'holdsPerS',
    'bytesPerUpdate',
    'rssMiB',
    'rssSlopeKiBPerS',
    'exactAfterMs',
    ...PROOF,
  ],
  plan: (values) => ({
    load: { topics: values.topics, updatesPerS: values.updatesPerS, order: 'turns' },
    sides: [
      TICKWIRE,
      ...controls(values.controls),
      { ...TICKWIRE, name: 'tickwire, fast alone', without: ['slow'] },
    ],
    groups: [
      clients(values.fastClients, values.topics, { name: 'fast' }),
      clients(values.slowClients, values.topics, {
        name: 'slow',
        bytesPerS: values.slowBytesPerS,
      }),
    ],
  }),
})
