/**
 * Redis is killed, loads, hangs, is busy, or is there and says nothing: goal: clients are told, and hold exactly what was
 * published once it is over. Method: a real Redis and a publisher that goes on all the while; real clients of every way.
 */
import { expect, onTestFinished, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import {
  exact,
  grow,
  join,
  logged,
  publisherTo,
  redisHere,
  serverAt,
  told,
} from '../support/redis-scene.ts'
import { metricOf } from '../support/serve.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

/** Faults are found in seconds, on a machine with nothing else to do. */
const SLOW = { timeout: 120_000 }

test('killed, and back empty under load', SLOW, async () => {
  const redis = await redisHere()
  const server = await serverAt(redis.url)
  const publisher = publisherTo(redis.url)
  const clients = await join(server)
  await grow(publisher)

  await redis.kill()
  await told(clients, 'down')
  await redis.restart()
  await told(clients, 'down live')
  await grow(publisher)
  await publisher.stop()
  await exact(clients, publisher.records)
})

test('killed, and back with its data, which it is a while loading', SLOW, async () => {
  // Of every key that it loads it waits 50 ms, and after each kB it looks to its clients.
  const slowly = ['--key-load-delay', '50000', '--loading-process-events-interval-bytes', '1024']
  const redis = await redisHere({ args: slowly })
  for (let i = 0; i < 40; i++) await redis.command('lpush', `other:${i}`, incompressible(2_048))
  const server = await serverAt(redis.url)
  const publisher = publisherTo(redis.url)
  const clients = await join(server)
  await grow(publisher)
  await publisher.stop()
  await exact(clients, publisher.records)
  await redis.command('save')

  await redis.kill()
  await told(clients, 'down')
  // Nobody publishes any more: the hash alone has what this client, which is new, is to see.
  const late = await join(server)
  await redis.restart()
  await told([...clients, ...late], 'down live')
  await exact([...clients, ...late], publisher.records)
  const whys = logged(server, 'redis is not ready yet').map(({ why }) => why)
  expect(whys).toEqual(['LOADING Redis is loading the dataset in memory'])
})

test('hung with its connections open (SIGSTOP), and on again', SLOW, async () => {
  const redis = await redisHere()
  const server = await serverAt(redis.url)
  const publisher = publisherTo(redis.url)
  const clients = await join(server)
  await grow(publisher)

  redis.pause()
  await told(clients, 'down')
  redis.resume()
  await told(clients, 'down live')
  await grow(publisher)
  await publisher.stop()
  await exact(clients, publisher.records)
  expect(logged(server, 'redis is away')[0]).toMatchObject({ why: 'no answer for 2 s' })
})

test('busy for a second, which is no outage', SLOW, async () => {
  const redis = await redisHere({ args: ['--enable-debug-command', 'yes'] })
  const server = await serverAt(redis.url)
  const publisher = publisherTo(redis.url)
  const clients = await join(server)
  await told(clients, 'live')
  await grow(publisher)
  await redis.command('debug', 'sleep', '1')
  await grow(publisher)
  await publisher.stop()
  await exact(clients, publisher.records)
  for (const client of clients) expect(client.counts.status ?? 0).toBeLessThanOrEqual(1)
  expect(await metricOf(server, 'tickwire_feed_downs_total')).toBe(0)
})

test('busy for longer than it is waited for: down, and live again by itself', SLOW, async () => {
  const redis = await redisHere({ args: ['--enable-debug-command', 'yes'] })
  const server = await serverAt(redis.url)
  const publisher = publisherTo(redis.url)
  const clients = await join(server)
  await grow(publisher)
  const busy = redis.command('debug', 'sleep', '6')
  await told(clients, 'down')
  await busy
  await told(clients, 'down live')
  await grow(publisher)
  await publisher.stop()
  await exact(clients, publisher.records)
})

test('accepts connections and never answers: tried again and again, said once', SLOW, async () => {
  const redis = await redisHere()
  const proxy = await TcpProxy.start(redis.port)
  onTestFinished(() => proxy.stop())
  proxy.isMute = true
  const server = await serverAt(`redis://127.0.0.1:${proxy.port}`)
  const publisher = publisherTo(redis.url)
  const clients = await join(server)
  await eventually(() => expect(logged(server, 'redis is away')).toHaveLength(1))
  await told(clients, 'down')
  const before = proxy.acceptedCount
  await eventually(() => proxy.acceptedCount >= before + 2, { timeoutMs: 20_000 })
  expect(proxy.connections).toBeLessThanOrEqual(1)
  expect(logged(server, 'redis is away')).toHaveLength(1)

  proxy.isMute = false
  await told(clients, 'down live')
  await publisher.stop()
  await exact(clients, publisher.records)
})

test('comes and goes: each time is tried later than the one before', SLOW, async () => {
  const redis = await redisHere()
  const proxy = await TcpProxy.start(redis.port)
  onTestFinished(() => proxy.stop())
  const server = await serverAt(`redis://127.0.0.1:${proxy.port}`)
  const publisher = publisherTo(redis.url)
  const clients = await join(server)
  const gapsMs: number[] = []
  for (let i = 1; i <= 6; i++) {
    await eventually(() => expect(logged(server, 'redis is connected')).toHaveLength(i))
    proxy.cut()
    await eventually(() => expect(logged(server, 'feed down')).toHaveLength(i))
  }
  await eventually(() => expect(logged(server, 'redis is connected')).toHaveLength(7))
  const ups = logged(server, 'redis is connected').slice(1)
  for (const [i, { time }] of logged(server, 'feed down').entries()) {
    gapsMs.push(timeOf(ups[i]!.time) - timeOf(time))
  }
  // 100, 200, 400, 800, 1600 and 2000 ms and whatever the machine adds: never less than that.
  for (const [i, gapMs] of gapsMs.entries()) {
    expect(gapMs).toBeGreaterThanOrEqual(Math.min(100 * 2 ** i, 2_000) - 10)
  }
  await publisher.stop()
  await exact(clients, publisher.records)
})

/** pino writes ms or ISO text. */
function timeOf(time: unknown): number {
  return typeof time === 'number' ? time : Date.parse(String(time))
}

/** What a dump does not make smaller. */
function incompressible(bytes: number): string {
  return Array.from({ length: bytes }, () =>
    String.fromCharCode(33 + Math.floor(Math.random() * 90)),
  ).join('')
}
