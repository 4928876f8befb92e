/**
 * Sources: which one the settings ask for.
 */
import { FileSource } from './file.ts'
import { RedisSource } from './redis.ts'
import { RedisCluster } from './redis-cluster.ts'
import { hostOf } from './redis-connection.ts'
import { type RedisSettings, redisTarget } from './redis-target.ts'
import { Several } from './several.ts'
import { SimulatorSource } from './simulator.ts'
import type { Source, SourceLog } from './source.ts'

/** Of the settings those that are read here, by their own names. */
export interface SourceSettings extends RedisSettings {
  readonly redisUrls: readonly string[]
  readonly redisPatterns: readonly string[]
  /** Instead of patterns, where there are any. */
  readonly redisTopics: readonly string[]
  readonly redisCluster: boolean
  readonly file: string | null
  readonly fileTopic: string
  readonly fileSpeed: number | 'max'
  readonly fileLoop: boolean
  readonly simulatorSymbols: number
  readonly simulatorRatePerS: number
  readonly simulatorSeed: number
}

/** Redis where there is a URL, else the file, else the simulator. Throws for a Redis that cannot be meant. */
export function createSource(settings: SourceSettings, log: SourceLog): Source {
  const { redisUrls, file: path } = settings
  if (redisUrls.length > 0) return createRedis(settings, log)
  if (path !== null) {
    const { fileTopic: topicTemplate, fileSpeed: speed, fileLoop: loop } = settings
    return new FileSource({ path, topicTemplate, speed, loop })
  }
  const { simulatorSymbols: symbols, simulatorRatePerS: ratePerS, simulatorSeed: seed } = settings
  return new SimulatorSource({ symbols, ratePerS, seed })
}

function createRedis(settings: SourceSettings, log: SourceLog): Source {
  const { redisTopics: topics, redisPatterns: patterns } = settings
  const targets = settings.redisUrls.map((url) => redisTarget(url, settings))
  const [target, ...others] = targets
  if (settings.redisCluster) {
    const wanted = topics.length > 0 ? { topics } : { patterns }
    return new RedisCluster({ target: target!, seeds: targets.map(hostOf), wanted, log })
  }
  const wanted = topics.length > 0 ? { topics, isSharded: false } : { patterns }
  const one = new RedisSource({ ...target!, wanted, log })
  if (others.length === 0) return one
  return new Several([one, ...others.map((other) => new RedisSource({ ...other, wanted, log }))])
}
