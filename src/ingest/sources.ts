/**
 * Sources: which one the settings ask for.
 */
import { FileSource } from './file.ts'
import { RedisSource } from './redis.ts'
import { type RedisSettings, redisTarget } from './redis-target.ts'
import { Several } from './several.ts'
import { SimulatorSource } from './simulator.ts'
import type { Source, SourceLog } from './source.ts'

/** Of the settings those that are read here, by their own names. */
export interface SourceSettings extends RedisSettings {
  readonly redisUrls: readonly string[]
  readonly redisPatterns: readonly string[]
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
  const { redisUrls, redisPatterns: patterns, file: path } = settings
  const [one, ...more] = redisUrls.map((url) => {
    return new RedisSource({ ...redisTarget(url, settings), patterns, log })
  })
  if (one !== undefined) return more.length === 0 ? one : new Several([one, ...more])
  if (path !== null) {
    const { fileTopic: topicTemplate, fileSpeed: speed, fileLoop: loop } = settings
    return new FileSource({ path, topicTemplate, speed, loop })
  }
  const { simulatorSymbols: symbols, simulatorRatePerS: ratePerS, simulatorSeed: seed } = settings
  return new SimulatorSource({ symbols, ratePerS, seed })
}
