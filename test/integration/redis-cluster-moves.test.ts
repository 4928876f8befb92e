/**
 * Redis Cluster, what moves and what hangs: goal: no subscription is lost unseen, and no node that is behind is believed.
 * Method: as in redis-cluster.test.ts.
 */
import { expect, onTestFinished, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { tickwire } from '../support/program.ts'
import {
  agreed,
  brokenSince,
  clusterHere,
  moveSlot,
  SLOW,
  sceneAt,
  shardSubscriptionsOf,
  TOPICS,
} from '../support/redis-cluster.ts'
import { exact, grow, join, logged, serverAt, statesOf, told } from '../support/redis-scene.ts'

const PATIENCE = { timeoutMs: 60_000 }

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

test('a master that hung comes back as a replica, and is left to itself', SLOW, async () => {
  const { masters, replica } = await clusterHere()
  const [first, ...others] = masters
  const { publisher, clients } = await sceneAt([...masters, replica])
  first!.pause()
  onTestFinished(() => first!.resume())
  await told(clients, 'down')
  await agreed(others, replica.port, 'master')
  await told(clients, 'down live')
  first!.resume()
  await agreed([first!], first!.port, 'slave')
  await grow(publisher)
  await publisher.stop()
  await exact(clients, publisher.records)
  await eventually(async () => (await shardSubscriptionsOf(first!)) === 0, PATIENCE)
})
