/**
 * Observer: what publishers said, by a plain Redis subscriber that folds it without any of the project's own code.
 */
import { Redis } from 'ioredis'
import type { AnyFields } from './state.ts'

export interface Observer {
  /** The whole record of each topic. */
  readonly records: Record<string, AnyFields>
  stop(): Promise<void>
}

/** Observes JSON payloads on `ticker:*` from now on. */
export async function observe(redisUrl: string): Promise<Observer> {
  const records: Record<string, AnyFields> = {}
  const redis = new Redis(redisUrl)
  redis.on('pmessage', (_pattern: string, topic: string, payload: string) => {
    const update = JSON.parse(payload) as AnyFields
    records[topic] ??= {}
    const record = records[topic]
    for (const [name, value] of Object.entries(update)) {
      if (value === null) delete record[name]
      else record[name] = value
    }
  })
  await redis.psubscribe('ticker:*')
  return { records, stop: async () => redis.disconnect() }
}
