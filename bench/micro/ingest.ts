/**
 * Hops 2-4: from a Redis message's bytes to marked lanes.
 */
import { pack } from 'msgpackr'
import { decode } from '../../src/ingest/decode.ts'
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
  const { first, next } = updates()
  const fanout = new Fanout(false)
  const feed = new Feed(5_000, Date.now(), () => {})
  const intake = new Intake(fanout.market, feed, {
    mark: (topic) => fanout.registry.mark(topic),
    nowMs: Date.now,
    complain: () => {},
    log: { info() {}, warn() {} },
  })
  for (const { topic, update } of first) intake.update(topic, update)
  for (let i = 0; i < lanes; i++) {
    // An outlet that takes everything and keeps nothing: what it would do is measured elsewhere.
    const { lane } = fanout.connect(undefined, new BlackHole())
    fanout.registry.joinChannel(lane, 'ticker', { mode: 'full', intervalMs: 0 })
  }
  while (fanout.endTurn());
  const messages = next.map(({ topic, update }) => ({ topic, payload: encoded(update, encoding) }))
  return {
    name,
    updates: UPDATES,
    run() {
      for (const { topic, payload } of messages) {
        const decoded = decode(payload)
        if (typeof decoded === 'string' || Array.isArray(decoded)) throw new Error('no update')
        intake.update(topic, decoded)
        if (lanes > 0) fanout.endTurn()
      }
    },
  }
}
