/**
 * Redis Cluster: goal: topics of all shards arrive, and whatever moves between the nodes, clients end exact. Method: a
 * real cluster of four nodes, a publisher that asks for the map anew whenever something fails, and clients of every way.
 */
import { expect, onTestFinished, test } from 'vitest'
import { ClusterPublisher } from '../../src/ingest/cluster-publisher.ts'
import { RedisPublisher } from '../../src/ingest/redis-publisher.ts'
import { Walk } from '../../src/ingest/walk.ts'
import type { Client } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { tickwire } from '../support/program.ts'
import type { TestRedis } from '../support/redis.ts'
import { agreed, clusterHere, moveSlot } from '../support/redis-cluster.ts'
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

const SLOW = { timeout: 150_000 }
const PATIENCE = { timeoutMs: 60_000 }
/** Those of the publisher. */
const TOPICS = new Walk({ symbols: 100, seed: 11 }).all(0).map(({ topic }) => topic)

const shardSubscriptionsOf = async (redis: TestRedis) =>
  ((await redis.command('pubsub', 'shardchannels')) as string[]).length

/** Waits until every client has been told that the feed was down since it had been told that much, and is live again. */
async function brokenSince(before: readonly string[], clients: readonly Client[]): Promise<void> {
  for (const [i, client] of clients.entries()) {
    await eventually(() => {
      const states = statesOf(client)
      expect(states.slice(0, before[i]!.length)).toBe(before[i])
      expect(states.slice(before[i]!.length)).toMatch(/^ down.* live$/)
    }, PATIENCE)
  }
}

/** A server that has the topics by name, and a publisher that asks any of the nodes. */
async function sceneAt(nodes: readonly TestRedis[]) {
  const urls = nodes.map(({ url }) => url)
  const server = await serverAt(urls.join(), {
    TICKWIRE_REDIS_CLUSTER: 'true',
    TICKWIRE_REDIS_TOPICS: TOPICS.join(),
  })
  let attempts = 0
  const connect = () => ClusterPublisher.connect({ url: urls[attempts++ % urls.length]! })
  const publisher = publisherTo(connect)
  const clients = await join(server)
  await grow(publisher)
  await told(clients, 'live')
  return { server, publisher, clients }
}

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

test(
  'a slot that moves away and back between two looks, and one that stays away',
  SLOW,
  async () => {
    const cluster = await clusterHere()
    const [from, to] = cluster.masters
    const { publisher, clients } = await sceneAt(cluster.masters)
    const slots = TOPICS.map(async (topic) =>
      Number(await from!.command('cluster', 'keyslot', topic)),
    )
    const slot = (await Promise.all(slots)).find((one) => one <= 5_460)!
    const before = clients.map(statesOf)
    await moveSlot(cluster, slot, from!, to!)
    await moveSlot(cluster, slot, to!, from!)
    await brokenSince(before, clients)
    await grow(publisher)
    const between = clients.map(statesOf)
    await moveSlot(cluster, slot, from!, to!)
    await brokenSince(between, clients)
    await grow(publisher)
    await publisher.stop()
    await exact(clients, publisher.records)
  },
)

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

test('no node is there at the start: it is told, and made good', SLOW, async () => {
  const { masters, replica } = await clusterHere()
  const [first] = masters
  await Promise.all([...masters, replica].map((node) => node.kill()))
  const server = await serverAt(first!.url, {
    TICKWIRE_REDIS_CLUSTER: 'true',
    TICKWIRE_REDIS_TOPICS: TOPICS.join(),
  })
  const clients = await join(server)
  await eventually(() => expect(logged(server, 'redis cluster is away')).toHaveLength(1), PATIENCE)
  await told(clients, 'down')
  await Promise.all([...masters, replica].map((node) => node.restart()))
  const publish = tickwire(['publish', '--cluster', '--redis', first!.url, '--simulate'])
  onTestFinished(() => publish.stop())
  await told(clients, 'down live')
})
