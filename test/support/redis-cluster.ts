/**
 * A real Redis Cluster on loopback: three masters that share the slots, the first with a replica. Ends with the test.
 */
import { expect, onTestFinished } from 'vitest'
import { ClusterPublisher } from '../../src/ingest/cluster-publisher.ts'
import { Walk } from '../../src/ingest/walk.ts'
import type { Client } from './client.ts'
import { eventually } from './eventually.ts'
import { freePort, startRedis, type TestRedis } from './redis.ts'
import { grow, join, publisherTo, serverAt, statesOf, told } from './redis-scene.ts'

const PATIENCE = { timeoutMs: 60_000 }
/** So soon a node that is silent is given up by the others. */
const NODE_TIMEOUT_MS = 3_000
/** The last slot of each master. */
const LAST_SLOTS = [5_460, 10_922, 16_383]

export interface TestCluster {
  readonly masters: readonly TestRedis[]
  /** Of the first master. */
  readonly replica: TestRedis
}

/** Starts one, and waits until every node knows of all slots and the replica has caught up. */
export async function clusterHere(): Promise<TestCluster> {
  const nodes = await Promise.all(Array.from({ length: LAST_SLOTS.length + 1 }, startNode))
  const masters = nodes.slice(0, LAST_SLOTS.length).map(({ redis }) => redis)
  const replica = nodes.at(-1)!.redis
  const [first] = masters
  for (const [i, { redis }] of nodes.entries()) {
    await redis.command('cluster', 'set-config-epoch', i + 1)
    const last = LAST_SLOTS[i]
    if (last === undefined) continue
    await redis.command('cluster', 'addslotsrange', (LAST_SLOTS[i - 1] ?? -1) + 1, last)
  }
  for (const { redis, busPort } of nodes.slice(1)) {
    await first!.command('cluster', 'meet', '127.0.0.1', redis.port, busPort)
  }
  await eventually(async () => {
    for (const { redis } of nodes) {
      const info = String(await redis.command('cluster', 'info'))
      if (!/cluster_state:ok/.test(info) || !/known_nodes:4/.test(info)) return false
    }
    return true
  }, PATIENCE)
  await replica.command('cluster', 'replicate', String(await first!.command('cluster', 'myid')))
  await eventually(async () => {
    return /master_link_status:up/.test(String(await replica.command('info', 'replication')))
  }, PATIENCE)
  await agreed(masters, replica.port, 'slave')
  return { masters, replica }
}

/** Waits until all of these say that the node at the port is what it should be. */
export async function agreed(
  nodes: readonly TestRedis[],
  port: number,
  role: 'master' | 'slave',
): Promise<void> {
  await eventually(async () => {
    for (const node of nodes) {
      const lines = String(await node.command('cluster', 'nodes')).split('\n')
      const line = lines.find((text) => text.includes(`:${port}@`))
      if (line?.split(' ')[2]?.split(',').includes(role) !== true) return false
    }
    return true
  }, PATIENCE)
}

/** Moves a slot with no keys in it, or few, from one master to another. */
export async function moveSlot(
  { masters }: TestCluster,
  slot: number,
  from: TestRedis,
  to: TestRedis,
): Promise<void> {
  const [fromId, toId] = await Promise.all([
    from.command('cluster', 'myid'),
    to.command('cluster', 'myid'),
  ])
  await to.command('cluster', 'setslot', slot, 'importing', String(fromId))
  await from.command('cluster', 'setslot', slot, 'migrating', String(toId))
  let keys: string[]
  do {
    keys = (await from.command('cluster', 'getkeysinslot', slot, 100)) as string[]
    if (keys.length === 0) break
    await from.command('migrate', '127.0.0.1', to.port, '', 0, 5_000, 'REPLACE', 'KEYS', ...keys)
  } while (keys.length > 0)
  for (const node of [to, from, ...masters.filter((one) => one !== to && one !== from)]) {
    await node.command('cluster', 'setslot', slot, 'node', String(toId))
  }
}

async function startNode(): Promise<{ redis: TestRedis; busPort: number }> {
  const busPort = await freePort()
  const redis = await startRedis({
    args: [
      ...['--cluster-enabled', 'yes', '--cluster-node-timeout', `${NODE_TIMEOUT_MS}`],
      ...['--cluster-port', `${busPort}`, '--cluster-announce-ip', '127.0.0.1'],
    ],
  })
  onTestFinished(redis.stop)
  return { redis, busPort }
}

/** For vitest. */
export const SLOW = { timeout: 150_000 }
/** Those of the publisher. */
export const TOPICS = new Walk({ symbols: 100, seed: 11 }).all(0).map(({ topic }) => topic)

/** How many shard channels somebody follows there. */
export const shardSubscriptionsOf = async (redis: TestRedis) =>
  ((await redis.command('pubsub', 'shardchannels')) as string[]).length

/** Waits until every client has been told that the feed was down since it had been told that much, and is live again. */
export async function brokenSince(
  before: readonly string[],
  clients: readonly Client[],
): Promise<void> {
  for (const [i, client] of clients.entries()) {
    await eventually(() => {
      const states = statesOf(client)
      expect(states.slice(0, before[i]!.length)).toBe(before[i])
      expect(states.slice(before[i]!.length)).toMatch(/^ down.* live$/)
    }, PATIENCE)
  }
}

/** A server that has the topics by name, and a publisher that asks any of the nodes. */
export async function sceneAt(nodes: readonly TestRedis[]) {
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
