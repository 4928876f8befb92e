/**
 * Hops 2-4: from a Redis message's bytes to marked lanes.
 */
import { pack } from 'msgpackr'
import { decode } from '../../src/ingest/decode.ts'
import { deliver } from '../../src/ingest/deliver.ts'
import { Intake } from '../../src/ingest/intake.ts'
import { Feed } from '../../src/market/feed.ts'
import type { Update } from '../../src/market/record.ts'
import { Fanout } from '../../test/support/fanout.ts'
import { type MicroBench, type MicroCase, UPDATES, updates } from './bench.ts'
import { BlackHole } from './outlet.ts'

export const ingest: MicroBench = {
  name: 'ingest',
  asks: 'what does an update cost from its bytes to marked lanes (aim: 6 us, JSON, nobody subscribed)?',
  cases() {
    return [
      decodeOnly('json', 'decode JSON'),
      decodeOnly('msgpack', 'decode MessagePack'),
      toMarks('json', 0, 'JSON to market, nobody subscribed'),
      toMarks('msgpack', 0, 'MessagePack to market, nobody subscribed'),
      toMarks('json', 1, 'JSON to marks, 1 lane a topic, flushed each time'),
      toMarks('json', 100, 'JSON to marks, 100 lanes a topic, flushed each time'),
      wholeToMarks(0, 'whole JSON record to market, nobody subscribed'),
      wholeToMarks(100, 'whole JSON record to marks, 100 lanes, flushed'),
    ]
  },
}

type Encoding = 'json' | 'msgpack'

function encoded(update: Update, encoding: Encoding): Buffer {
  return encoding === 'json' ? Buffer.from(JSON.stringify(update)) : pack(update)
}

function decodeOnly(encoding: Encoding, name: string): MicroCase {
  const payloads = updates().next.map(({ update }) => encoded(update, encoding))
  return {
    name,
    updates: UPDATES,
    run() {
      for (const payload of payloads) decode(payload)
    },
  }
}

function toMarks(encoding: Encoding, lanes: number, name: string): MicroCase {
  const { next } = updates()
  const messages = next.map(({ topic, update }) => ({ topic, payload: encoded(update, encoding) }))
  return delivered(messages, lanes, name)
}

/** As most publishers send: every field again, of which a few have changed. */
function wholeToMarks(lanes: number, name: string): MicroCase {
  const { first, next } = updates()
  const records = new Map(first.map(({ topic, update }) => [topic, update]))
  const messages = next.map(({ topic, update }) => {
    const record = { ...records.get(topic), ...update }
    records.set(topic, record)
    return { topic, payload: encoded(record, 'json') }
  })
  return delivered(messages, lanes, name)
}

interface Message {
  readonly topic: string
  readonly payload: Buffer
}

function delivered(messages: readonly Message[], lanes: number, name: string): MicroCase {
  const { first } = updates()
  const fanout = new Fanout(false)
  const feed = new Feed(5_000, Date.now(), () => {})
  const intake = new Intake(fanout.market, feed, {
    mark: (topic) => fanout.registry.mark(topic),
    wallMs: Date.now,
    nowMs: () => performance.now(),
    complain: () => {},
    log: { info() {}, warn() {} },
  })
  for (const { topic, update } of first) intake.update(topic, update)
  for (let i = 0; i < lanes; i++) {
    // An outlet that takes everything and keeps nothing: what it would do is measured elsewhere.
    fanout.connect(undefined, new BlackHole()).joinChannel('ticker')
  }
  while (fanout.endTurn());
  return {
    name,
    updates: UPDATES,
    run() {
      for (const { topic, payload } of messages) {
        deliver(intake, topic, payload)
        if (lanes > 0) fanout.endTurn()
      }
    },
  }
}
