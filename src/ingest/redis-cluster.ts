/**
 * Redis Cluster: follows each topic at the master that has its slot, by one RedisSource a master.
 *
 * A node is asked every second for the map, another one each time. Whatever has moved to another master, or away and
 * back, is begun anew there: connected, subscribed, stored records read. No message has to come over the bus between
 * the nodes, where nobody would notice that one is lost. Some come that should not: a master that hung while another took
 * over publishes what it had been sent before, and its successor's subscribers get it. So a master's part is begun anew
 * also when it has other replicas than before: the stored records put right what such messages did.
 * Holds: the feed is up only while a node that is in touch with most masters has told who they are.
 */
import { atNode, type ClusterMap, mapOf, shardOf, slotsOf } from './cluster-map.ts'
import { RedisSource } from './redis.ts'
import { LAST_KEY, type RedisTarget, reasonOf, targetAt } from './redis-connection.ts'
import type { PartSink, Source, SourceLog, SourceSink } from './source.ts'
import type { Wanted } from './wanted.ts'

const LOOK_INTERVAL_MS = 1_000

export interface RedisClusterOptions {
  /** How to get in; its host is not looked at. */
  readonly target: RedisTarget
  /** `host:port` of nodes to begin with. */
  readonly seeds: readonly string[]
  /** Patterns are followed at the node that has `tickwire:last`. */
  readonly wanted: { readonly patterns: readonly string[] } | { readonly topics: readonly string[] }
  readonly log: SourceLog
}

/** What is followed at one master. */
interface Part {
  /** Differs where anything does that a connection was begun with. */
  key: string
  readonly source: RedisSource
  readonly sink: PartSink
}

export class RedisCluster implements Source {
  readonly name = 'redis'
  private readonly options: RedisClusterOptions
  private sink: SourceSink | null = null
  /** Up while the map is known. */
  private watch: PartSink | null = null
  private parts: readonly Part[] = []
  private nodes: readonly string[]
  private looks = 0
  private again: NodeJS.Timeout | undefined
  /** Of the map that is followed; those of before are of nodes that are behind. */
  private epoch = 0
  /** Of each topic, or of `tickwire:last`. They never change. */
  private slots: readonly number[] | null = null
  private lastWhy = ''

  constructor(options: RedisClusterOptions) {
    this.options = options
    this.nodes = options.seeds
  }

  async start(sink: SourceSink): Promise<void> {
    this.options.target.secrets?.() // throws where they cannot be read
    this.sink = sink
    this.watch = sink.part()
    this.watch.beginReload()
    void this.look(sink, this.watch)
  }

  async stop(): Promise<void> {
    this.sink = null
    clearTimeout(this.again)
    await Promise.all(this.parts.map(({ source }) => source.stop()))
    this.parts = []
  }

  /** Never rejects. */
  private async look(sink: SourceSink, watch: PartSink): Promise<void> {
    const map = await this.ask()
    if (this.sink !== sink) return
    if (typeof map === 'string') {
      if (map !== this.lastWhy) this.options.log.warn({ why: map }, 'redis cluster is away')
      this.lastWhy = map
      // A cluster that was made anew begins to count anew.
      this.epoch = 0
      watch.down(map)
    } else {
      this.lastWhy = ''
      this.follow(map, sink)
      watch.up()
    }
    this.again = setTimeout(() => void this.look(sink, watch), LOOK_INTERVAL_MS)
  }

  /** The map of the first node that has a good one, or why none has. */
  private async ask(): Promise<ClusterMap | string> {
    const first = this.looks++ % this.nodes.length
    const whys: string[] = []
    for (const node of [...this.nodes.slice(first), ...this.nodes.slice(0, first)]) {
      if (this.sink === null) break
      const map = await this.askNode(node).catch((error) => reasonOf(error))
      if (typeof map !== 'string') return map
      whys.push(`${node}: ${map}`)
    }
    return whys.join('; ')
  }

  private async askNode(node: string): Promise<ClusterMap | string> {
    const { target, wanted, seeds } = this.options
    return atNode(targetAt(target, node), async (redis) => {
      const map = await mapOf(redis, node.slice(0, node.lastIndexOf(':')))
      if (!map.isOk) return 'it is not in touch with the cluster'
      if (map.epoch < this.epoch) return 'it is behind the others'
      this.slots ??= await slotsOf(redis, 'topics' in wanted ? wanted.topics : [LAST_KEY])
      const lost = this.slots.find((slot) => shardOf(map, slot) === undefined)
      if (lost !== undefined) return `nobody has slot ${lost}`
      this.nodes = [...new Set([...map.nodes, ...seeds])]
      return map
    })
  }

  /** Keeps the parts that are as they should be, and begins the others anew. */
  private follow(map: ClusterMap, sink: SourceSink): void {
    this.epoch = map.epoch
    const kept: Part[] = []
    const begun: Part[] = []
    for (const [key, { address, wanted }] of this.shares(map)) {
      const old = this.parts.find((part) => part.key === key)
      if (old !== undefined) kept.push(old)
      else begun.push({ key, source: this.sourceAt(address, wanted), sink: sink.part() })
    }
    for (const part of this.parts) {
      if (kept.includes(part)) continue
      // From here on it says nothing, whenever its promise resolves.
      void part.source.stop()
      part.sink.leave()
    }
    this.parts = [...kept, ...begun]
    for (const part of begun) {
      part.source.start(part.sink).catch((error) => {
        part.key = '' // so that the next look begins it once more
        part.sink.down(reasonOf(error))
      })
    }
  }

  /** What is to be followed where. */
  private shares(map: ClusterMap): Map<string, { address: string; wanted: Wanted }> {
    const { wanted } = this.options
    const shares = new Map<string, { address: string; wanted: Wanted }>()
    const topicsAt = new Map<string, string[]>()
    for (const [i, slot] of (this.slots ?? []).entries()) {
      const { address, epoch, replicas } = shardOf(map, slot)! // ask() takes no map without it
      const at = `${address} ${epoch} ${replicas.join()}`
      if ('patterns' in wanted) {
        shares.set(at, { address, wanted })
        continue
      }
      const topics = topicsAt.get(at) ?? []
      topicsAt.set(at, topics)
      topics.push(wanted.topics[i]!)
      shares.set(at, { address, wanted: { topics, isSharded: true } })
    }
    // A master that slots were taken from keeps its epoch.
    const keyed = [...shares].map(([at, share]) => {
      return [`${at} ${topicsAt.get(at)?.join() ?? ''}`, share] as const
    })
    return new Map(keyed)
  }

  private sourceAt(address: string, wanted: Wanted): RedisSource {
    const { target, log } = this.options
    return new RedisSource({ ...targetAt(target, address), wanted, mustBeMaster: true, log })
  }
}
