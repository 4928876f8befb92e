/**
 * Redis outage: Redis is gone for a while, or hangs, and comes back without its data.
 */
import { clients, controls, PROOF, SMOKE_TIMES, scenario, TICKWIRE, TIMES } from './common.ts'

const KINDS = ['kill', 'hang']

export const redisOutage = scenario({
  name: 'redis-outage',
  question: 'When are clients told that Redis is away, and when do they read new values again?',
  procedure: 'outage',
  values: {
    clients: 200,
    topicsEach: 20,
    topics: 200,
    updatesPerS: 1_000,
    outageS: 10,
    /** `kill` or `hang`. */
    kind: 'kill',
    controls: 'raw-uws',
    ...TIMES,
    rounds: 1,
  },
  smoke: { clients: 20, topics: 50, updatesPerS: 300, outageS: 2, ...SMOKE_TIMES, rounds: 1 },
  figures: [
    'staleAfterMs',
    'liveAfterMs',
    'calm.ageMsP99',
    'ageMsP50',
    'ageMsP99',
    'ageMsMax',
    'deliveredPart',
    'rssMiB',
    ...PROOF,
  ],
  plan: (values) => {
    if (!KINDS.includes(values.kind)) throw new Error(`kind takes kill or hang, not ${values.kind}`)
    return {
      // In turns: whatever was lost is followed by another update soon.
      load: { topics: values.topics, updatesPerS: values.updatesPerS, order: 'turns' },
      sides: [TICKWIRE, ...controls(values.controls)],
      groups: [clients(values.clients, values.topicsEach)],
    }
  },
})
