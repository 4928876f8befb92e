/**
 * Drain: a server is stopped under load, as at every deployment, and another one on its port takes over.
 */
import { clients, controls, PROOF, SMOKE_TIMES, scenario, TICKWIRE, TIMES } from './common.ts'

export const drain = scenario({
  name: 'drain',
  question: 'What do clients notice when their server is replaced, and do they come back evenly?',
  procedure: 'drain',
  values: {
    clients: 2_000,
    /** They do not know goaway, and come back when they have been closed. */
    ignoringPart: 0.1,
    topicsEach: 20,
    topics: 200,
    updatesPerS: 200,
    drainMs: 10_000,
    // Controls say no goodbye and send no values on joining: there is nothing to compare.
    controls: 'none',
    ...TIMES,
    rounds: 1,
  },
  smoke: { clients: 40, drainMs: 8_000, ...SMOKE_TIMES, rounds: 1 },
  figures: [
    'following.keptPart',
    'following.goneBack',
    'following.missed',
    'following.gapMsP50',
    'following.gapMsP99',
    'following.gapMsMax',
    'following.leastPart',
    'following.mostPart',
    'ignoring.goneBack',
    'ignoring.gapMsP50',
    'ignoring.gapMsMax',
    'backAfterMs',
    'stoppedAfterMs',
    'calm.following.ageMsP99',
    'following.ageMsP99',
    'cpuPercent',
    'rssMiB',
    ...PROOF,
  ],
  plan: (values) => {
    const ignoring = Math.round(values.clients * values.ignoringPart)
    const following = values.clients - ignoring
    if (ignoring < 1 || following < 1)
      throw new Error('some must follow goaway, and some ignore it')
    const settings = { TICKWIRE_DRAIN_MS: `${values.drainMs}` }
    return {
      // In turns: the second server knows nothing of what was published before it started.
      load: { topics: values.topics, updatesPerS: values.updatesPerS, order: 'turns' },
      sides: [{ ...TICKWIRE, settings }, ...controls(values.controls)],
      groups: [
        clients(following, values.topicsEach, { name: 'following', followsGoaway: true }),
        clients(ignoring, values.topicsEach, { name: 'ignoring' }),
      ],
    }
  },
})
