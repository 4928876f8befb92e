/** The Redis source keeps the contract of a source, against a real Redis under steady publishing. */
import { RedisSource } from '../../src/ingest/redis.ts'
import { RedisPublisher } from '../../src/ingest/redis-publisher.ts'
import { startRedis } from '../support/redis.ts'
import { silentLog } from '../support/silent-log.ts'
import { sourceContract } from './source.ts'

const PUBLISH_INTERVAL_MS = 5

sourceContract('the Redis source', async () => {
  const redis = await startRedis()
  const publisher = await RedisPublisher.connect({ url: redis.url })
  let count = 0
  let failure: unknown
  const publish = async () => {
    const update = { bid: String(count++) }
    await publisher.publish([{ topic: 'ticker:A', update, payload: JSON.stringify(update) }])
  }
  await publish()
  const timer = setInterval(() => {
    publish().catch((error) => {
      failure ??= error
    })
  }, PUBLISH_INTERVAL_MS)
  return {
    make: () =>
      new RedisSource({ url: redis.url, wanted: { patterns: ['ticker:*'] }, log: silentLog }),
    dispose: async () => {
      clearInterval(timer)
      await publisher.close()
      await redis.stop()
      if (failure !== undefined) throw failure
    },
  }
})
