/**
 * The way from Redis is too slow for what is published, or the server is: goal: values are never silently old: the feed
 * is said to be down, what has piled up is dropped, and all is exact once the way is good. Method: a proxy that trickles;
 * a server that is stopped until Redis itself drops it.
 */
import { expect, onTestFinished, test } from 'vitest'
import type { Client } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import {
  exact,
  grow,
  join,
  logged,
  publisherTo,
  redisHere,
  serverAt,
  statesOf,
  told,
} from '../support/redis-scene.ts'
import { metricOf } from '../support/serve.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

const SLOW = { timeout: 120_000 }
/** A tenth of what the publisher says. */
const TRICKLE_BYTES_PER_S = 20_000
const BIG = 'ticker:BIG'

test(
  'a way that carries a tenth of the feed: something always comes, and it is said to be down',
  SLOW,
  async () => {
    const redis = await redisHere()
    const proxy = await TcpProxy.start(redis.port)
    onTestFinished(() => proxy.stop())
    const server = await serverAt(`redis://127.0.0.1:${proxy.port}`)
    const publisher = publisherTo(redis.url)
    const clients = await join(server)
    await grow(publisher)
    await told(clients, 'live')

    proxy.bytesPerS = TRICKLE_BYTES_PER_S
    const before = clients[0]!.frameCount
    await told(clients, 'down')
    // It was not silence that told.
    expect(clients[0]!.frameCount - before).toBeGreaterThan(10)
    expect(logged(server, 'redis is away')[0]).toMatchObject({ why: 'no answer for 2 s' })
    proxy.bytesPerS = Number.POSITIVE_INFINITY
    await told(clients, 'down live')
    await grow(publisher)
    await publisher.stop()
    await exact(clients, publisher.records)
  },
)

test('Redis drops a subscriber that lags behind: counted, told, and exact', SLOW, async () => {
  const redis = await redisHere()
  await redis.command('config', 'set', 'client-output-buffer-limit', 'pubsub 256kb 0 0')
  const server = await serverAt(redis.url)
  const clients = await join(server)
  await told(clients, 'live')
  const { pid } = server.program
  process.kill(pid, 'SIGSTOP')
  const texts = Array.from({ length: 15 }, (_, i) => [`text${i}`, 'x'.repeat(1_000)])
  const record = { ...Object.fromEntries(texts), n: 0 }
  await eventually(
    async () => {
      for (let i = 0; i < 50; i++) {
        const text = JSON.stringify({ ...record, n: ++record.n })
        await redis.command('hset', 'tickwire:last', BIG, text)
        await redis.command('publish', BIG, text)
      }
      return (await redis.command('pubsub', 'numpat')) === 0
    },
    { timeoutMs: 30_000 },
  )
  process.kill(pid, 'SIGCONT')
  await eventually(() => expect(clients.map(statesOf)).toEqual(clients.map(downOnce)))
  await exact(clients, { [BIG]: record })
  expect(await metricOf(server, 'tickwire_feed_downs_total')).toBe(1)
  expect(logged(server, 'redis is away')).toMatchObject([{ why: 'the connection was closed' }])
})

test('a server that stood still itself does not blame Redis', SLOW, async () => {
  const redis = await redisHere()
  const server = await serverAt(redis.url)
  const publisher = publisherTo(redis.url)
  const clients = await join(server)
  await told(clients, 'live')
  await grow(publisher)
  const { pid } = server.program
  process.kill(pid, 'SIGSTOP')
  const stoppedAtMs = performance.now()
  // Longer than an answer may be late.
  await eventually(() => performance.now() > stoppedAtMs + 4_000)
  process.kill(pid, 'SIGCONT')
  await grow(publisher)
  await publisher.stop()
  await exact(clients, publisher.records)
  expect(logged(server, 'redis is away')).toEqual([])
})

/** Whatever it was told at first, it then was told of one outage. */
function downOnce(client: Client): unknown {
  expect(client.violations).toEqual([])
  return expect.stringMatching(/live down live$/)
}
