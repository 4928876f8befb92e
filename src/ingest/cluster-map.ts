/**
 * Cluster map: which master of a Redis Cluster has which slots, as one of its nodes sees it.
 */
import type { Redis } from 'ioredis'
import { type RedisTarget, usedOnce } from './redis-connection.ts'

/** For connecting, and for each question. */
const COMMAND_TIMEOUT_MS = 2_000

export interface Shard {
  /** `host:port` of its master, as a URL has it. */
  readonly address: string
  /** Rises whenever this master is given slots. */
  readonly epoch: number
  /** Addresses of its replicas that are not given up. What one of them still said as a master comes over the bus. */
  readonly replicas: readonly string[]
  /** First and last slot of each range. */
  readonly ranges: readonly (readonly [number, number])[]
}

export interface ClusterMap {
  /** Rises whenever a master changes; a node with a lower one is behind. */
  readonly epoch: number
  /** Whether this node is in touch with most masters, and takes commands. */
  readonly isOk: boolean
  readonly shards: readonly Shard[]
  /** Every node that may be asked next time. */
  readonly nodes: readonly string[]
}

/** Asks the node that the target names, over a connection of its own. Throws where it does not answer. */
export function atNode<T>(target: RedisTarget, ask: (redis: Redis) => Promise<T>): Promise<T> {
  return usedOnce(target, COMMAND_TIMEOUT_MS, ask)
}

/** `host`: of the node that is asked, for a node that does not know its own. Throws what Redis answers. */
export async function mapOf(redis: Redis, host: string): Promise<ClusterMap> {
  const [info, nodes] = await Promise.all([redis.cluster('INFO'), redis.cluster('NODES')])
  return readMap(String(info), String(nodes), host)
}

/** The slot of each of the names. Throws what Redis answers. */
export function slotsOf(redis: Redis, names: readonly string[]): Promise<number[]> {
  return Promise.all(names.map((name) => redis.cluster('KEYSLOT', name)))
}

/** The shard that has the slot, or undefined where none has it. */
export function shardOf(map: ClusterMap, slot: number): Shard | undefined {
  return map.shards.find(({ ranges }) => ranges.some(([from, to]) => from <= slot && slot <= to))
}

/** Reads the replies to CLUSTER INFO and CLUSTER NODES. Lines that say less than they should are left out. */
export function readMap(info: string, nodes: string, host: string): ClusterMap {
  const shards: Shard[] = []
  const replicasOf = new Map<string, string[]>()
  const known: string[] = []
  for (const line of nodes.split('\n')) {
    // id address flags master ping pong epoch link slot...
    const [id = '', where = '', flags = '', master = '', , , epoch, , ...slots] = line
      .trim()
      .split(' ')
    const address = addressOf(where, host)
    const marks = flags.split(',')
    if (address === null || marks.includes('noaddr') || marks.includes('handshake')) continue
    known.push(address)
    // One that is only suspected (`fail?`) may still serve.
    if (marks.includes('fail')) continue
    const replicas = listOf(replicasOf, marks.includes('master') ? id : master)
    if (!marks.includes('master')) replicas.push(address)
    const ranges = slots.flatMap(rangeOf)
    if (ranges.length > 0) shards.push({ address, epoch: Number(epoch), replicas, ranges })
  }
  for (const replicas of replicasOf.values()) replicas.sort()
  return {
    epoch: Number(/cluster_current_epoch:(\d+)/.exec(info)?.[1] ?? 0),
    isOk: /cluster_state:ok/.test(info),
    shards,
    nodes: known,
  }
}

function listOf(lists: Map<string, string[]>, name: string): string[] {
  const list = lists.get(name) ?? []
  lists.set(name, list)
  return list
}

/** `ip:port@bus,hostname`: a name that is announced is there to be used. */
function addressOf(where: string, ownHost: string): string | null {
  const [, ip, port, name] = /^(.*):(\d+)@\d+(?:,([^,]*))?/.exec(where) ?? []
  if (ip === undefined || port === '0') return null
  const host = name || ip || ownHost
  return host.includes(':') && !host.startsWith('[') ? `[${host}]:${port}` : `${host}:${port}`
}

/** `5` or `5-9`; those in brackets are on their way elsewhere, and stand among the others until they are there. */
function rangeOf(text: string): [number, number][] {
  const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? []
  return from === undefined ? [] : [[Number(from), Number(to)]]
}
