/**
 * Failover by a real Sentinel: goal: whatever becomes of the old master, clients end with what was published to the new
 * one. Method: master, replica and Sentinel are processes; a publisher finds the master by itself and goes on.
 */
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { freePort, type TestRedis } from '../support/redis.ts'
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
import {
  MASTER,
  startReplica,
  startSentinel,
  startStaleSentinel,
  type TestSentinel,
} from '../support/redis-sentinel.ts'

const SLOW = { timeout: 120_000 }
const PATIENCE = { timeoutMs: 30_000 }
const URL = `redis://${MASTER}`

interface Group {
  readonly master: TestRedis
  readonly replica: TestRedis
  readonly sentinel: TestSentinel
}

async function groupHere(): Promise<Group> {
  const master = await redisHere()
  const replica = await startReplica(master)
  onTestFinished(replica.stop)
  const sentinel = await startSentinel(master, 1)
  onTestFinished(sentinel.stop)
  return { master, replica, sentinel }
}

const promoted = ({ replica, sentinel }: Group) =>
  eventually(async () => (await sentinel.masterPort()) === replica.port, PATIENCE)

const subscribersOf = async (redis: TestRedis) => Number(await redis.command('pubsub', 'numpat'))

test('the master is killed: the replica takes over, and clients are exact', SLOW, async () => {
  const group = await groupHere()
  const sentinels = [group.sentinel.address]
  const server = await serverAt(URL, { TICKWIRE_REDIS_SENTINELS: sentinels.join() })
  const publisher = publisherTo({ url: URL, sentinels })
  const clients = await join(server)
  await grow(publisher)
  await told(clients, 'live')

  await group.master.kill()
  await told(clients, 'down')
  await promoted(group)
  await told(clients, 'down live')
  await grow(publisher)
  await publisher.stop()
  await exact(clients, publisher.records)
  expect(await subscribersOf(group.replica)).toBe(1)
  const [connected] = logged(server, 'redis is connected')
  expect(connected).toMatchObject({ redis: `${MASTER}/0 of sentinels ${sentinels}` })
})

test('the old master lives on and answers: it is left all the same', SLOW, async () => {
  const group = await groupHere()
  const { master, replica, sentinel } = group
  const sentinels = [sentinel.address]
  const server = await serverAt(URL, { TICKWIRE_REDIS_SENTINELS: sentinels.join() })
  const clients = await join(server)
  await told(clients, 'live')
  // As behind a partition: it cannot be told that it is no longer the master, nor made to drop anybody.
  await master.command('acl', 'setuser', 'default', '-slaveof', '-replicaof', '-client', '-multi')
  await sentinel.command('sentinel', 'failover', MASTER)
  await promoted(group)
  const publisher = publisherTo({ url: URL, sentinels })
  await grow(publisher)
  await publisher.stop()
  await exact(clients, publisher.records)
  expect(await subscribersOf(replica)).toBe(1)
  expect(await subscribersOf(master)).toBe(0)
  expect(`${await master.command('info', 'replication')}`).toContain('role:master')
})

test(
  'a Sentinel that names what is now a replica, first of all: it is not believed',
  SLOW,
  async () => {
    const group = await groupHere()
    const { master, replica, sentinel } = group
    const stale = await startStaleSentinel(replica)
    onTestFinished(stale.stop)
    const sentinels = [stale.address, sentinel.address]
    const server = await serverAt(URL, { TICKWIRE_REDIS_SENTINELS: sentinels.join() })
    const publisher = publisherTo({ url: URL, sentinels: [sentinel.address] })
    const clients = await join(server)
    await told(clients, 'live')
    await grow(publisher)
    await publisher.stop()
    await exact(clients, publisher.records)
    expect(await subscribersOf(master)).toBe(1)
    const whys = logged(server, 'redis is away').map(({ why }) => why)
    expect(whys).toEqual(['this Redis is no master'])
  },
)

test(
  'Sentinels that are away, mute, or know no such master: said once, and waited for',
  SLOW,
  async () => {
    const mute = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void mute.close())
    const away = `127.0.0.1:${await freePort()}`
    const group = await groupHere()
    const muteAddress = `127.0.0.1:${(mute.address() as { port: number }).port}`
    const sentinels = [away, muteAddress, group.sentinel.address]
    await group.sentinel.command('sentinel', 'remove', MASTER)
    const server = await serverAt(URL, { TICKWIRE_REDIS_SENTINELS: sentinels.join() })
    const clients = await join(server)
    await eventually(() => expect(logged(server, 'redis is away')).not.toEqual([]), PATIENCE)
    const [{ why } = { why: '' }] = logged(server, 'redis is away')
    expect(why).toMatch(/^no master is known: .*127\.0\.0\.1:/)
    await told(clients, 'down')

    const { port } = group.master
    await group.sentinel.command('sentinel', 'monitor', MASTER, '127.0.0.1', port, 1)
    const publisher = publisherTo({ url: URL, sentinels: [group.sentinel.address] })
    await told(clients, 'live')
    await grow(publisher)
    await publisher.stop()
    await exact(clients, publisher.records)
    expect(logged(server, 'redis is away')).toHaveLength(1)
  },
)
