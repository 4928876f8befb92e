/**
 * Restarts: of the server, which finds the records in Redis. Redis's own are in redis-outages.test.ts.
 */
import { expect, test } from 'vitest'
import { Client } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { freePort } from '../support/redis.ts'
import {
  exact,
  grow,
  join,
  publisherTo,
  redisHere,
  serverAt,
  statesOf,
} from '../support/redis-scene.ts'
import type { AnyFields } from '../support/state.ts'

test('a server that starts serves what Redis holds, though nothing is published', async () => {
  const redis = await redisHere()
  const records: Record<string, AnyFields> = {
    'ticker:BTC-USD': { bid: '58721.20', ask: '58721.30', ts: 1617647428063 },
    'ticker:ETH-USD': { bid: '2105.10', halted: true },
  }
  for (const [topic, record] of Object.entries(records)) {
    await redis.command('hset', 'tickwire:last', topic, JSON.stringify(record))
  }
  const server = await serverAt(redis.url)
  const named = await Client.connect(server.url)
  await eventually(() => statesOf(named).endsWith('live'))
  const [btc, eth] = Object.keys(records)
  expect(await named.subscribe([btc!, eth!])).toMatchObject({
    topics: [
      { topic: btc, held: true },
      { topic: eth, held: true },
    ],
  })
  await eventually(() => expect(Object.fromEntries(named.records)).toEqual(records))
  const all = await Client.connect(server.url, { dialect: 'msgpack' })
  await all.subscribe(['ticker:*'], { mode: 'delta' })
  await eventually(() => expect(Object.fromEntries(all.records)).toEqual(records))
})

test('the server restarts on its port: clients come back and are exact at once', async () => {
  const redis = await redisHere()
  const port = { TICKWIRE_PORT: `${await freePort()}` }
  const first = await serverAt(redis.url, port)
  const publisher = publisherTo(redis.url)
  const before = await join(first)
  await grow(publisher)

  expect(await first.program.terminate()).toBe(0)
  for (const client of before) {
    expect(await client.untilClosed()).toEqual({ code: 1012, reason: 'restart' })
    expect(client.notices.at(-1)).toMatchObject({ type: 'goaway', reason: 'restart' })
  }
  await grow(publisher) // which nobody hears
  await publisher.stop()
  const second = await serverAt(redis.url, port)
  const after = await join(second)
  await exact(after, publisher.records)
  expect(after[0]!.notices[0]!.server).not.toBe(before[0]!.notices[0]!.server)
})
