/**
 * Redis connection: what the reading and the publishing side share: settings of a connection, names for its faults.
 */
import { Redis, type RedisOptions } from 'ioredis'

/** The hash of every topic's whole record, by topic. */
export const LAST_KEY = 'tickwire:last'

/** A host that swallows packets is given up after this; the next attempt may find another address. */
const CONNECT_TIMEOUT_MS = 2_000
/** How long an orderly close may take before the socket is destroyed; a hung Redis never answers it. */
const DISCONNECT_TIMEOUT_MS = 100

/**
 * Nothing is sent again after a break: whoever asked must learn of it, since an answer from before is worth nothing
 * after it. Without the ready check a connection serves at once; a Redis that is still loading says so itself.
 */
const CONNECTION: RedisOptions = {
  connectTimeout: CONNECT_TIMEOUT_MS,
  disconnectTimeout: DISCONNECT_TIMEOUT_MS,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  enableReadyCheck: false,
  disableClientInfo: true,
}

/** Opens a connection. Throws for a URL that cannot be read; says neither URL nor password in doing so. */
export function connect(url: string, options: RedisOptions): Redis {
  return new Redis(url, { ...CONNECTION, ...options })
}

/** `host:port/db` of a Redis URL: what may be logged. Throws where it is no such URL. */
export function addressOf(url: string): string {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    // The parser's own error carries the whole text, password included.
    throw new Error('the Redis URL cannot be read: it must look like redis://host:6379')
  }
  if (parsed.protocol !== 'redis:' && parsed.protocol !== 'rediss:') {
    throw new Error('the Redis URL must begin with redis:// or rediss://')
  }
  const database = parsed.pathname === '' || parsed.pathname === '/' ? '/0' : parsed.pathname
  return `${parsed.hostname || '127.0.0.1'}:${parsed.port || '6379'}${database}`
}

/** What went wrong, for a person; a refused connection to a name with several addresses has no message of its own. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(reasonOf).join(', ')
  }
  return error instanceof Error ? error.message : String(error)
}
