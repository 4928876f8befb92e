/**
 * Topics by name: goal: a server that was given topics takes in these alone. Method: a real Redis with more.
 */
import { expect, onTestFinished, test } from 'vitest'
import { RedisSource } from '../../src/ingest/redis.ts'
import { eventually } from '../support/eventually.ts'
import { MarketBehind } from '../support/market-behind.ts'
import { redisHere } from '../support/redis-scene.ts'
import { silentLog } from '../support/silent-log.ts'

test('topics by name: these and no others, whatever is stored and said', async () => {
  const redis = await redisHere()
  const behind = new MarketBehind()
  await redis.command('hset', 'tickwire:last', 'ticker:A', '{"bid":"1"}', 'ticker:B', '{"bid":"1"}')
  // More than go into one command.
  const many = Array.from({ length: 1_200 }, (_, i) => `ticker:N${i}`)
  const wanted = { topics: ['ticker:A', ...many], isSharded: false }
  const source = new RedisSource({ url: redis.url, wanted, log: silentLog })
  onTestFinished(() => source.stop())
  await source.start(behind.sink)
  await eventually(() => behind.feed.state === 'live')
  expect(behind.records).toEqual({ 'ticker:A': { bid: '1' } })
  await redis.command('publish', 'ticker:B', '{"bid":"2"}')
  await redis.command('publish', 'ticker:A', '{"ask":"3"}')
  await redis.command('publish', 'ticker:N1199', '{"bid":"4"}')
  await eventually(() => behind.market.find('ticker:N1199') !== undefined)
  expect(behind.records).toEqual({
    'ticker:A': { bid: '1', ask: '3' },
    'ticker:N1199': { bid: '4' },
  })
})
