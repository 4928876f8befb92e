/**
 * Redis target: settings -> which Redis, and its secrets, those of files read anew at each connection: so a password or
 * a certificate that was changed is used without a restart.
 * Next:  redis-connection.ts
 */
import { readFileSync } from 'node:fs'
import type { RedisSecrets, RedisTarget } from './redis-connection.ts'

/** What of the settings it takes; null: not set. */
export interface RedisSettings {
  readonly redisSentinels: readonly string[]
  readonly redisPassword: string | null
  readonly redisSentinelPassword: string | null
  /** Paths of PEM files. */
  readonly redisCa: string | null
  readonly redisCert: string | null
  readonly redisKey: string | null
  /** The paths of those secrets that came from files. */
  readonly secretFiles: {
    readonly redisPassword?: string | undefined
    readonly redisSentinelPassword?: string | undefined
  }
}

/** Reads nothing yet: its `secrets()` does, and throws for a file that cannot be read, naming it. */
export function redisTarget(url: string, settings: RedisSettings): RedisTarget {
  const { redisSentinels: sentinels, secretFiles: files } = settings
  const secrets = (): RedisSecrets => ({
    password: secretOf(settings.redisPassword, files.redisPassword),
    sentinelPassword: secretOf(settings.redisSentinelPassword, files.redisSentinelPassword),
    ca: textOf(settings.redisCa),
    cert: textOf(settings.redisCert),
    key: textOf(settings.redisKey),
  })
  return { url, sentinels, secrets }
}

function secretOf(value: string | null, file: string | undefined): string | undefined {
  return file === undefined ? (value ?? undefined) : textOf(file)
}

function textOf(path: string | null): string | undefined {
  if (path === null) return undefined
  let text: string
  try {
    text = readFileSync(path, 'utf8').trim()
  } catch (error) {
    throw new Error(`${path} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
  if (text === '') throw new Error(`${path} is empty`)
  return text
}
