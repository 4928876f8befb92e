/**
 * Fuzz, the way in: goal: payloads that are taken over as bytes leave just what they would have left decoded, and what
 * is served as JSON text parses to the record. Method: two markets are given the same few payloads of a topic, most of
 * them whole records in one layout; one of the two has everything decoded (test/support/fuzz.ts).
 */
import { isDeepStrictEqual } from 'node:util'
import { decode } from '../../src/ingest/decode.ts'
import { deliver } from '../../src/ingest/deliver.ts'
import { Intake } from '../../src/ingest/intake.ts'
import { Feed } from '../../src/market/feed.ts'
import { Market } from '../../src/market/market.ts'
import type { Topic } from '../../src/market/topic.ts'
import { TEXT_SPARE_BYTES } from '../../src/protocol/dialect.ts'
import { jsonDialect } from '../../src/protocol/json.ts'
import { fuzz, type Input, must } from '../support/fuzz.ts'
import type { Dice } from '../support/fuzz-dice.ts'
import { bytesAround, mutated, revalued } from '../support/fuzz-inputs.ts'
import { PAYLOADS, RECORD_LINES } from '../support/fuzz-samples.ts'
import { silentLog } from '../support/silent-log.ts'

const TOPIC = 'ticker:BTC-USD'
const NOW_MS = 1_617_647_428_100

class World {
  readonly market = new Market(10)
  readonly complaints: string[] = []
  readonly intake = new Intake(this.market, new Feed(1_000, 0, () => {}), {
    mark: () => {},
    wallMs: () => NOW_MS,
    nowMs: () => NOW_MS,
    complain: (reason) => void this.complaints.push(reason),
    log: silentLog,
  })

  get topic(): Topic | undefined {
    return this.market.find(TOPIC)
  }

  /** As a server would that knows nothing of layouts. */
  deliverDecoded(payload: Buffer): void {
    const decoded = decode(payload)
    for (const entry of Array.isArray(decoded) ? decoded : [decoded]) {
      if (typeof entry === 'string') this.intake.malformed(entry, TOPIC)
      else this.intake.update(TOPIC, entry)
    }
  }
}

fuzz('deliver payloads', {
  make: payloadsOfOneTopic,
  check(payloads) {
    const [fast, slow] = [new World(), new World()]
    for (const payload of payloads) {
      deliver(fast.intake, TOPIC, payload)
      slow.deliverDecoded(payload)
      const text = fast.topic?.json ?? null
      if (text !== null) requireServed(text, slow.topic!)
    }
    must(isDeepStrictEqual(fast.intake.counters, slow.intake.counters), 'they count the same')
    must(isDeepStrictEqual(fast.complaints, slow.complaints), 'they complain of the same')
    must(fast.topic?.version === slow.topic?.version, 'they have the same version')
    const [taken, decoded] = [fast, slow].map(({ topic }) => JSON.stringify(topic?.fields))
    must(taken === decoded, `${taken} is ${decoded}`)
  },
  past: [],
  inputs: 1_500,
})

/** A record twice, so that its layout is known, and then whatever is near to it. */
function payloadsOfOneTopic(dice: Dice): Input {
  const line = Buffer.from(dice.pick(RECORD_LINES))
  const sample = dice.once(2) ? line : mutated(dice, line, PAYLOADS)
  const payloads = [sample, sample]
  for (let count = dice.below(4); count > 0; count--) {
    if (dice.once(8)) payloads.push(bytesAround(dice, PAYLOADS))
    else payloads.push(dice.once(2) ? revalued(dice, sample) : mutated(dice, sample, PAYLOADS))
  }
  return payloads
}

/** What JSON clients are sent, made of the text as fanout/audience.ts makes it. */
function requireServed(text: Uint8Array, topic: Topic): void {
  const target = Buffer.alloc(text.length + topic.name.length + TEXT_SPARE_BYTES)
  const end = jsonDialect.encodeText!(topic.name, topic.version, text, target)
  const [message] = JSON.parse(target.toString('utf8', 0, end))
  must(message.topic === topic.name && message.seq === topic.version, 'it is of this version')
  must(isDeepStrictEqual(message.data, { ...topic.fields }), 'the text is the record')
}
