/**
 * Cluster publisher: writes each update at the master that has its topic's slot: SPUBLISH, and the topic's own key.
 * The map is asked for once: what moves ends it, as whatever else goes wrong does.
 */
import { atNode, type ClusterMap, mapOf, shardOf, slotsOf } from './cluster-map.ts'
import { hostOf, type RedisTarget, targetAt } from './redis-connection.ts'
import { type Publication, type Publisher, RedisPublisher } from './redis-publisher.ts'

export class ClusterPublisher implements Publisher {
  private readonly target: RedisTarget
  private readonly map: ClusterMap
  private readonly masters = new Map<string, RedisPublisher>()
  /** Where each topic is at home. */
  private readonly homes = new Map<string, string>()

  /** Connects to the node that the target names, and to all masters. Rejects with a reason for a person. */
  static async connect(target: RedisTarget): Promise<ClusterPublisher> {
    const host = hostOf(target).replace(/:\d+$/, '')
    const map = await atNode(target, (redis) => mapOf(redis, host)).catch((error) => {
      throw new Error(`Redis Cluster at ${hostOf(target)}: ${error.message}`, { cause: error })
    })
    const publisher = new ClusterPublisher(target, map)
    try {
      for (const { address } of map.shards) {
        const at = targetAt(target, address)
        publisher.masters.set(address, await RedisPublisher.connect(at, { isSharded: true }))
      }
      return publisher
    } catch (error) {
      await publisher.close().catch(() => {}) // the first failure tells
      throw error
    }
  }

  private constructor(target: RedisTarget, map: ClusterMap) {
    this.target = target
    this.map = map
  }

  get topicCount(): number {
    return this.homes.size
  }

  async publish(updates: readonly Publication[]): Promise<void> {
    await this.locate(updates)
    const shares = new Map<string, Publication[]>()
    for (const update of updates) {
      const home = this.homes.get(update.topic)!
      const share = shares.get(home)
      if (share === undefined) shares.set(home, [update])
      else share.push(update)
    }
    const sent = [...shares].map(([home, share]) => this.masters.get(home)!.publish(share))
    await settle(sent)
  }

  async close(): Promise<void> {
    await settle([...this.masters.values()].map((master) => master.close()))
  }

  private async locate(updates: readonly Publication[]): Promise<void> {
    const unknown = new Set<string>()
    for (const { topic } of updates) if (!this.homes.has(topic)) unknown.add(topic)
    if (unknown.size === 0) return
    const topics = [...unknown]
    const slots = await atNode(this.target, (redis) => slotsOf(redis, topics))
    for (const [i, topic] of topics.entries()) {
      const home = shardOf(this.map, slots[i]!)
      if (home === undefined) throw new Error(`nobody in the cluster has slot ${slots[i]}`)
      this.homes.set(topic, home.address)
    }
  }
}

/** Waits for all; throws the first failure. */
async function settle(work: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(work)) {
    if (outcome.status === 'rejected') throw outcome.reason
  }
}
