/**
 * Relations: what is wrong between settings that are each right.
 */
import type { Config } from './settings.ts'
import { KEY_ALGORITHMS, SECRET_ALGORITHMS } from './settings-access.ts'

/** Complete sentences; none where all is well. */
export function relations(config: Readonly<Config>): string[] {
  const problems: string[] = []
  if (config.redisUrls.length > 0 && config.file !== null) {
    problems.push('TICKWIRE_REDIS_URL and TICKWIRE_FILE exclude each other: set one source')
  }
  if (config.port !== 0 && config.port === config.adminPort && overlap(config)) {
    problems.push('TICKWIRE_PORT and TICKWIRE_ADMIN_PORT must differ: both listen on one address')
  }
  if (config.laneTimeoutMs < 2 * config.heartbeatMs) {
    problems.push(
      'TICKWIRE_LANE_TIMEOUT_MS must be at least twice TICKWIRE_HEARTBEAT_MS: a quiet client is probed by heartbeats',
    )
  }
  if (config.laneWindowBytesMin > config.laneWindowBytesMax) {
    problems.push('TICKWIRE_LANE_WINDOW_BYTES_MIN must not be above TICKWIRE_LANE_WINDOW_BYTES_MAX')
  }
  problems.push(...redisRelations(config), ...authRelations(config))
  if ((config.tlsCert === null) !== (config.tlsKey === null)) {
    problems.push('TICKWIRE_TLS_CERT and TICKWIRE_TLS_KEY need each other')
  }
  if (config.allowedOrigins.includes('*') && config.allowedOrigins.length > 1) {
    problems.push('TICKWIRE_ALLOWED_ORIGINS: * means any page, so it must stand alone')
  }
  const badOrigin = config.allowedOrigins.find((origin) => origin !== '*' && !URL.canParse(origin))
  if (badOrigin !== undefined) {
    problems.push(`TICKWIRE_ALLOWED_ORIGINS: ${badOrigin} is no origin of a page`)
  }
  if (config.proxyProtocol && config.tlsCert !== null) {
    problems.push(
      'TICKWIRE_PROXY_PROTOCOL and TICKWIRE_TLS_CERT exclude each other: its header would come before TLS',
    )
  }
  if (config.profileToken !== null && !config.profiles) {
    problems.push('TICKWIRE_PROFILE_TOKEN needs TICKWIRE_PROFILES=true')
  }
  if (config.trustedHops > 0 && config.proxyProtocol) {
    problems.push('TICKWIRE_TRUSTED_HOPS and TICKWIRE_PROXY_PROTOCOL exclude each other')
  }
  const isSimulated = config.redisUrls.length === 0 && config.file === null
  if (isSimulated && config.simulatorSymbols > config.maxTopics) {
    problems.push(
      'TICKWIRE_SIMULATOR_SYMBOLS must not be above TICKWIRE_MAX_TOPICS: the rest would be refused',
    )
  }
  return problems
}

const EVERY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

function overlap({ host, adminHost }: Readonly<Config>): boolean {
  return host === adminHost || EVERY_ADDRESS.has(host) || EVERY_ADDRESS.has(adminHost)
}

function redisRelations(config: Readonly<Config>): string[] {
  const problems: string[] = []
  const { redisUrls, redisCa, redisCert, redisKey } = config
  const isNone = redisUrls.length === 0
  if (isNone && (config.redisPassword !== null || config.redisSentinels.length > 0)) {
    problems.push('TICKWIRE_REDIS_PASSWORD and TICKWIRE_REDIS_SENTINELS need TICKWIRE_REDIS_URL')
  }
  if (new Set(redisUrls).size < redisUrls.length) {
    problems.push('TICKWIRE_REDIS_URL must not name one twice: all would be delivered twice')
  }
  const { redisTopics, redisCluster } = config
  if (isNone && (redisTopics.length > 0 || redisCluster)) {
    problems.push('TICKWIRE_REDIS_TOPICS and TICKWIRE_REDIS_CLUSTER need TICKWIRE_REDIS_URL')
  }
  if (redisCluster) problems.push(...clusterRelations(config))
  if (new Set(redisTopics).size < redisTopics.length) {
    problems.push('TICKWIRE_REDIS_TOPICS must not name a topic twice')
  }
  if ((redisCert === null) !== (redisKey === null)) {
    problems.push('TICKWIRE_REDIS_CERT and TICKWIRE_REDIS_KEY need each other')
  }
  const isSecure = redisUrls.some((url) => url.startsWith('rediss:'))
  if ((redisCa ?? redisCert) !== null && !isSecure) {
    problems.push(
      'TICKWIRE_REDIS_CA and TICKWIRE_REDIS_CERT need a TICKWIRE_REDIS_URL that begins with rediss://',
    )
  }
  return problems
}

function clusterRelations({ redisUrls, redisSentinels }: Readonly<Config>): string[] {
  const problems: string[] = []
  if (redisSentinels.length > 0) {
    problems.push('TICKWIRE_REDIS_CLUSTER and TICKWIRE_REDIS_SENTINELS exclude each other')
  }
  const urls = redisUrls.map((url) => new URL(url))
  if (urls.some(({ pathname }) => !['', '/', '/0'].includes(pathname))) {
    problems.push('TICKWIRE_REDIS_CLUSTER: a cluster has no databases but 0')
  }
  const ways = urls.map(({ protocol, username, password }) => [protocol, username, password].join())
  if (new Set(ways).size > 1) {
    problems.push(
      'TICKWIRE_REDIS_CLUSTER: all of TICKWIRE_REDIS_URL must have the same scheme, user and password',
    )
  }
  return problems
}

function authRelations(config: Readonly<Config>): string[] {
  const { auth, jwtSecret, jwks, jwtIssuer, jwtAudience, jwtAlgorithms } = config
  if (auth === 'off') {
    const idle = config.publicTopics.length > 0 || (jwtSecret ?? jwks) !== null
    return idle
      ? ['TICKWIRE_JWT_SECRET, TICKWIRE_JWKS and TICKWIRE_PUBLIC_TOPICS need TICKWIRE_AUTH=jwt']
      : []
  }
  const problems: string[] = []
  if ((jwtSecret === null) === (jwks === null)) {
    problems.push('TICKWIRE_AUTH=jwt needs either TICKWIRE_JWT_SECRET or TICKWIRE_JWKS')
  }
  if (jwtIssuer === null || jwtAudience === null) {
    problems.push('TICKWIRE_AUTH=jwt needs TICKWIRE_JWT_ISSUER and TICKWIRE_JWT_AUDIENCE')
  }
  // A public key that is taken for a secret would let anybody sign.
  const fitting: readonly string[] = jwks === null ? SECRET_ALGORITHMS : KEY_ALGORITHMS
  const stray = jwtAlgorithms.find((algorithm) => !fitting.includes(algorithm))
  if (stray !== undefined) {
    problems.push(
      `TICKWIRE_JWT_ALGORITHMS: ${stray} is not for ${jwks === null ? 'a secret' : 'a JWK set'}`,
    )
  }
  return problems
}
