/**
 * Redis Cluster: goal: topics of all shards arrive, and whatever becomes of a master, clients end exact. Method: a real
 * cluster of four nodes, a publisher that asks for the map anew whenever something fails, and clients of every way.
 */
import { expect, test } from 'vitest'
import { RedisPublisher } from '../../src/ingest/redis-publisher.ts'
import { eventually } from '../support/eventually.ts'
import {
  agreed,
  brokenSince,
  clusterHere,
  SLOW,
  sceneAt,
  shardSubscriptionsOf,
  TOPICS,
} from '../support/redis-cluster.ts'
import {
  exact,
  grow,
  join,
  logged,
  publisherTo,
  serverAt,
  statesOf,
  told,
} from '../support/redis-scene.ts'

const PATIENCE = { timeoutMs: 60_000 }

test(
  'topics of all shards arrive, and a killed master is followed by its replica',
  SLOW,
  async () => {
    const { masters, replica } = await clusterHere()
    const [first, ...others] = masters
    const { server, publisher, clients } = await sceneAt([...masters, replica])
    const counts = await Promise.all(masters.map(shardSubscriptionsOf))
    expect(counts.reduce((sum, count) => sum + count)).toBe(TOPICS.length)
    expect(Math.min(...counts)).toBeGreaterThan(0)
    expect(logged(server, 'redis is connected')).toHaveLength(3)

    await first!.kill()
    await told(clients, 'down')
    await agreed(others, replica.port, 'master')
    await told(clients, 'down live')
    await grow(publisher)
    await publisher.stop()
    await exact(clients, publisher.records)
    expect(await shardSubscriptionsOf(replica)).toBe(counts[0])
  },
)

test('a master that is demoted lives on: its replica is followed all the same', SLOW, async () => {
  const { masters, replica } = await clusterHere()
  const { publisher, clients } = await sceneAt(masters)
  const before = clients.map(statesOf)
  await replica.command('cluster', 'failover', 'takeover')
  await agreed([...masters, replica], replica.port, 'master')
  await brokenSince(before, clients)
  await eventually(async () => (await shardSubscriptionsOf(masters[0]!)) === 0, PATIENCE)
  await grow(publisher)
  await publisher.stop()
  await exact(clients, publisher.records)
})

test('by patterns: the node that has tickwire:last is followed', SLOW, async () => {
  const { masters, replica } = await clusterHere()
  const [home, ...others] = masters // the slot of that key is among the first
  const server = await serverAt(others[0]!.url, { TICKWIRE_REDIS_CLUSTER: 'true' })
  let at = home!
  const publisher = publisherTo(() => RedisPublisher.connect({ url: at.url }))
  const clients = await join(server)
  await grow(publisher)
  await told(clients, 'live')

  await home!.kill()
  await told(clients, 'down')
  await agreed(others, replica.port, 'master')
  at = replica
  await told(clients, 'down live')
  await grow(publisher)
  await publisher.stop()
  await exact(clients, publisher.records)
  expect(Number(await replica.command('pubsub', 'numpat'))).toBe(1)
})
