/**
 * Replay: a recording in place of made-up prices: real bursts, real records, some times as fast.
 */
import {
  clients,
  controls,
  DELIVERY,
  PROOF,
  SMOKE_TIMES,
  scenario,
  TICKWIRE,
  TIMES,
} from './common.ts'
import { GENERATED } from './scenario.ts'

export const replay = scenario({
  name: 'replay',
  question: 'How does the server cope with a recorded market, at its own speed or faster?',
  procedure: 'rounds',
  values: {
    file: '',
    topic: 'ticker:{symbol}',
    speed: 1,
    clients: 200,
    topicsEach: 20,
    controls: 'raw-uws',
    ...TIMES,
  },
  smoke: { file: GENERATED, clients: 20, ...SMOKE_TIMES },
  figures: [...DELIVERY, ...PROOF],
  plan: (values) => {
    if (values.file === '') {
      throw new Error(
        '--set file=PATH: NDJSON or NDJSON.gz, an update a line with ts in ms since the epoch and the fields that ' +
          `topic is made of, as in {"ts":1617647428063.997,"symbol":"BTC-USD","bid":"58721.2"} for ${values.topic}`,
      )
    }
    if (!values.topic.startsWith('ticker:')) {
      throw new Error(`topic must begin with ticker:, which servers read, not ${values.topic}`)
    }
    const recording = { file: values.file, topic: values.topic, speed: values.speed }
    return {
      load: { topics: 0, updatesPerS: 0, order: 'turns', recording },
      sides: [TICKWIRE, ...controls(values.controls)],
      groups: [clients(values.clients, values.topicsEach)],
    }
  },
})
