/**
 * Dialects: JSON or MessagePack, whole records or what has changed of them.
 */
import { clients, DELIVERY, PROOF, SMOKE_TIMES, scenario, TICKWIRE, TIMES } from './common.ts'
import type { Side } from './scenario.ts'

export const dialects = scenario({
  name: 'dialects',
  question: 'What does an update cost in each dialect, in bytes and in CPU?',
  procedure: 'rounds',
  values: { clients: 200, topicsEach: 20, topics: 200, updatesPerS: 1_000, ...TIMES },
  smoke: { clients: 20, updatesPerS: 300, ...SMOKE_TIMES },
  figures: [...DELIVERY, ...PROOF],
  plan: (values) => ({
    load: { topics: values.topics, updatesPerS: values.updatesPerS, order: 'random' },
    sides: (['json', 'msgpack'] as const).flatMap((dialect) =>
      (['full', 'delta'] as const).map(
        (mode): Side => ({ ...TICKWIRE, name: `${dialect} ${mode}`, dialect, params: { mode } }),
      ),
    ),
    groups: [clients(values.clients, values.topicsEach)],
  }),
})
