/**
 * What a version's bytes cost in each dialect and mode, once for all who are sent them.
 */

import { FRAME_BYTES_MAX } from '../../src/fanout/credit.ts'
import type { Dialect } from '../../src/protocol/dialect.ts'
import { DIALECTS } from '../../src/protocol/dialects.ts'
import { Fanout } from '../../test/support/fanout.ts'
import { type MicroBench, type MicroCase, UPDATES, updates } from './bench.ts'

export const encode: MicroBench = {
  name: 'encode',
  asks: "what do a version's bytes cost, and joining them into frames?",
  cases() {
    return DIALECTS.flatMap((dialect) => [records(dialect), changes(dialect), joined(dialect)])
  },
}

function records(dialect: Dialect): MicroCase {
  const { market } = new Fanout()
  for (const { topic, update } of updates().first) market.apply(topic, update, 0)
  const topics = market.channel('ticker')
  return {
    name: `${dialect.name} full`,
    updates: topics.length,
    run() {
      for (const { name, version, fields } of topics)
        dialect.encodeData('full', name, version, fields)
    },
  }
}

function changes(dialect: Dialect): MicroCase {
  const { next } = updates()
  return {
    name: `${dialect.name} delta of 2 fields`,
    updates: UPDATES,
    run() {
      for (let i = 0; i < next.length; i++) {
        dialect.encodeData('delta', next[i]!.topic, i, {
          bidSize: '4.14577660',
          ts: 1_617_647_428_064,
        })
      }
    },
  }
}

function joined(dialect: Dialect): MicroCase {
  const { market } = new Fanout()
  for (const { topic, update } of updates().first) market.apply(topic, update, 0)
  const frames = market
    .channel('ticker')
    .slice(0, 40)
    .map(({ name, version, fields }) => dialect.encodeData('full', name, version, fields).slice())
  const target = new Uint8Array(FRAME_BYTES_MAX * 2)
  return {
    name: `${dialect.name} join a message into a frame of 40`,
    updates: frames.length,
    run() {
      let end = dialect.headerBytes
      for (const frame of frames) end = dialect.append(target, end, frame)
      dialect.seal(target, 0, frames.length)
    },
  }
}
