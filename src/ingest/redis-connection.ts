/**
 * Redis connection: what the reading and the publishing side share: where Redis is, what it takes to get in, settings
 * of a connection, names for its faults.
 */
import { Redis, type RedisOptions } from 'ioredis'

/** The hash of every topic's whole record, by topic. */
export const LAST_KEY = 'tickwire:last'

/** In a cluster: the key of one topic's whole record, in the slot that the topic's own channel is in. */
export const lastKeyOf = (topic: string): string => `${LAST_KEY}:{${topic}}`

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

/** Where the Sentinels sent a connection. */
const masters = new WeakMap<Redis, string>()

/**
 * Opens a connection. Throws for a URL that cannot be read and for secrets that cannot; says neither URL nor password in
 * doing so.
 */
export function connect(target: RedisTarget, options: RedisOptions): Redis {
  const { password, sentinelPassword, ca, cert, key } = target.secrets?.() ?? {}
  const tls = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
  const isSecure = parse(target.url).protocol === 'rediss:'
  const redis = new Redis(target.url, {
    ...CONNECTION,
    ...(isSecure && { tls, sentinelTLS: tls, enableTLSForSentinelMode: true }),
    ...sentinelOptions(target, (address) => masters.set(redis, address)),
    ...options,
    lazyConnect: true,
  })
  // What the URL says would win over options.
  if (password !== undefined) redis.options.password = password
  if (sentinelPassword !== undefined) redis.options.sentinelPassword = sentinelPassword
  if (target.sentinels?.length) nameSentinelFaults(redis)
  if (options.lazyConnect !== true) redis.connect().catch(() => {}) // its events tell
  return redis
}

/** What a connection has said of itself, first. */
export interface Fault {
  error: Error | undefined
}

/**
 * Opens a connection for one use, and ends it: so there is no idle one that could hang unseen. `commandTimeout`, ms, is
 * for connecting and for each command. Throws the connection's fault where there is one, else what `use` throws.
 */
export async function usedOnce<T>(
  target: RedisTarget,
  commandTimeout: number,
  use: (redis: Redis, fault: Readonly<Fault>) => Promise<T>,
): Promise<T> {
  const redis = connect(target, { commandTimeout, retryStrategy: () => null })
  const fault: Fault = { error: undefined }
  redis.on('error', (error) => {
    fault.error ??= error
  })
  try {
    return await use(redis, fault)
  } catch (error) {
    throw fault.error ?? error
  } finally {
    redis.disconnect()
  }
}

/** The same target at another `host:port`, as a URL has it. */
export function targetAt(target: RedisTarget, address: string): RedisTarget {
  const url = parse(target.url)
  url.host = address
  return { ...target, url: url.href, sentinels: [] }
}

/** `host:port` of the URL, as a URL has it. Throws where the URL is none of Redis. */
export function hostOf({ url }: RedisTarget): string {
  const { hostname, port } = parse(url)
  return `${hostname}:${port || '6379'}`
}

/** The very Redis that a connection to this target is at, whatever the Sentinels say by now. */
export function placeOf(redis: Redis, target: RedisTarget): RedisTarget {
  const master = masters.get(redis)
  return master === undefined ? target : targetAt(target, master)
}

/** `host:port/db` of Redis, or `name/db of sentinels ...`: what may be logged. Throws where the URL is none of Redis. */
export function addressOf({ url, sentinels = [] }: RedisTarget): string {
  const { hostname, port, pathname } = parse(url)
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
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') {
    throw new Error('the Redis URL must begin with redis:// or rediss://')
  }
  try {
    decodeURIComponent(url.username + url.password)
  } catch {
    throw new Error('the Redis URL cannot be read: % in its user or password must be written %25')
  }
  return url
}

function sentinelOptions(
  { url, sentinels = [] }: RedisTarget,
  onMaster: (address: string) => void,
): RedisOptions {
  if (sentinels.length === 0) return {}
  return {
    name: parse(url).hostname,
    sentinels: sentinels.map(endpoint),
    sentinelCommandTimeout: SENTINEL_TIMEOUT_MS,
    // One look at each; whoever connects decides when to try again.
    sentinelRetryStrategy: () => null,
    // Others than those of the settings may not be reachable from here.
    updateSentinels: false,
    // Not to change the address, but to learn it.
    natMap: (address) => {
      onMaster(bracketed(address))
      return null
    },
  }
}

function endpoint(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':')
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) }
}

/** As a URL has it. */
function bracketed(address: string): string {
  const { host, port } = endpoint(address)
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
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
