/**
 * Redis connection: what the reading and the publishing side share: where Redis is, what it takes to get in, settings
 * of a connection, names for its faults.
 */
import { Redis, type RedisOptions } from 'ioredis'

/** The hash of every topic's whole record, by topic. */
export const LAST_KEY = 'tickwire:last'

/** A host that swallows packets is given up after this; the next attempt may find another address. */
const CONNECT_TIMEOUT_MS = 2_000
/** How long an orderly close may take before the socket is destroyed; a hung Redis never answers it. */
const DISCONNECT_TIMEOUT_MS = 100
/** A Sentinel that accepts and says nothing is passed over after this. */
const SENTINEL_TIMEOUT_MS = 2_000

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

/** Which Redis. */
export interface RedisTarget {
  /** `redis://user:password@host:port/db`, or `rediss://`. With sentinels the host is the name of their master. */
  readonly url: string
  /** `host:port` of each Sentinel; none: the URL's own host is Redis. `rediss://` goes for them too. */
  readonly sentinels?: readonly string[]
  /** Asked at each connection, for what it reads may have changed. Throws where it cannot be read. */
  readonly secrets?: () => RedisSecrets
}

export interface RedisSecrets {
  /** In place of the URL's. */
  readonly password?: string | undefined
  readonly sentinelPassword?: string | undefined
  /** PEM texts, for `rediss://`: whom to trust instead of the system's authorities, and who we are. */
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

/**
 * Opens a connection. Throws for a URL that cannot be read and for secrets that cannot; says neither URL nor password in
 * doing so.
 */
export function connect(target: RedisTarget, options: RedisOptions): Redis {
  addressOf(target)
  const all = { ...CONNECTION, ...sentinelOptions(target), ...options, lazyConnect: true }
  const redis = new Redis(target.url, all)
  renewSecrets(redis, target)
  if (target.sentinels?.length) nameSentinelFaults(redis)
  if (options.lazyConnect !== true) redis.connect().catch(() => {}) // its events tell
  return redis
}

/** Has the next connection use what the secrets are now. Throws where they cannot be read; then the old ones stay. */
export function renewSecrets({ options }: Redis, { url, secrets }: RedisTarget): void {
  const { password, sentinelPassword, ca, cert, key } = secrets?.() ?? {}
  if (password !== undefined) options.password = password
  if (sentinelPassword !== undefined) options.sentinelPassword = sentinelPassword
  if (!isSecure(url)) return
  const tls = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
  options.tls = tls
  options.sentinelTLS = tls
}

/** `host:port/db` of Redis, or `name/db of sentinels ...`: what may be logged. Throws where the URL is none of Redis. */
export function addressOf({ url, sentinels = [] }: RedisTarget): string {
  const { protocol, hostname, port, pathname } = parse(url)
  if (protocol !== 'redis:' && protocol !== 'rediss:') {
    throw new Error('the Redis URL must begin with redis:// or rediss://')
  }
  const database = pathname === '' || pathname === '/' ? '/0' : pathname
  if (sentinels.length > 0) return `${hostname}${database} of sentinels ${sentinels.join(',')}`
  return `${hostname || '127.0.0.1'}:${port || '6379'}${database}`
}

/** What went wrong, for a person; a refused connection to a name with several addresses has no message of its own. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(reasonOf).join(', ')
  }
  return error instanceof Error ? error.message : String(error)
}

function parse(text: string): URL {
  // The parser's own errors carry the whole text, password included.
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw new Error('the Redis URL cannot be read: it must look like redis://host:6379')
  }
  try {
    decodeURIComponent(url.username + url.password)
  } catch {
    throw new Error('the Redis URL cannot be read: % in its user or password must be written %25')
  }
  return url
}

function isSecure(url: string): boolean {
  return /^rediss:/i.test(url)
}

function sentinelOptions({ url, sentinels = [] }: RedisTarget): RedisOptions {
  if (sentinels.length === 0) return {}
  return {
    name: parse(url).hostname,
    sentinels: sentinels.map(endpoint),
    sentinelCommandTimeout: SENTINEL_TIMEOUT_MS,
    // One look at each; whoever connects decides when to try again.
    sentinelRetryStrategy: () => null,
    enableTLSForSentinelMode: isSecure(url),
  }
}

function endpoint(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':')
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) }
}

/** ioredis says why no Sentinel was of use in an event apart, and the error itself speaks of its own options. */
function nameSentinelFaults(redis: Redis): void {
  let why = ''
  redis.on('sentinelError', (error: Error) => {
    why = error.message
  })
  redis.on('error', (error: Error) => {
    if (error.message.startsWith('All sentinels')) error.message = `no master is known: ${why}`
  })
}
