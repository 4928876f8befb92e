/**
 * Settings: the one table of everything that can be set, and the relations between settings.
 * docs/configuration.md is generated from it (npm run docs).
 * Next:  config/load.ts reads an environment by it
 */
import { choice, flag, integer, list, type Setting, secretUrl, speed, word } from './kinds.ts'

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const

const HOST = { takes: 'an address or a host name', pattern: /^[\w.:%-]{1,253}$/ }
/** A channel, then a key with or without {fields}; ingest/topic-template.ts reads it. */
const FILE_TOPIC = /^[a-z][a-z0-9_.-]{0,31}:(?:[!#-)+-[\]-z|~]|\{[!-z|~]{1,64}\}){1,127}$/
const DAY_MS = 86_400_000
const MIB_BYTES = 1024 * 1024

export const SETTINGS = {
  redisUrl: secretUrl('TICKWIRE_REDIS_URL', {
    fallback: null,
    schemes: ['redis:', 'rediss:'],
    doc: 'The Redis to read updates from. Unset: the built-in simulator.',
  }),
  redisPatterns: list('TICKWIRE_REDIS_PATTERNS', {
    fallback: ['ticker:*'],
    each: 'patterns',
    pattern: /^[!-~]{1,256}$/,
    countMax: 64,
    doc: 'What to subscribe to in Redis, as for PSUBSCRIBE. No two may match the same topic.',
  }),
  file: word('TICKWIRE_FILE', {
    fallback: null,
    takes: 'a path',
    pattern: /^[^\0]{1,4096}$/,
    doc: 'A recorded NDJSON file (or .gz) to replay in place of Redis.',
  }),
  fileTopic: word('TICKWIRE_FILE_TOPIC', {
    fallback: 'ticker:{symbol}',
    takes: 'a topic name in which fields stand in braces',
    pattern: FILE_TOPIC,
    doc: "The topic of each of the file's updates, made of the update's own fields.",
  }),
  fileSpeed: speed('TICKWIRE_FILE_SPEED', {
    fallback: 1,
    doc: 'How often faster than it was recorded the file is replayed; max: as fast as can be.',
  }),
  fileLoop: flag('TICKWIRE_FILE_LOOP', {
    fallback: false,
    doc: 'Whether the file begins again at its end.',
  }),
  simulatorSymbols: integer('TICKWIRE_SIMULATOR_SYMBOLS', {
    fallback: 200,
    min: 1,
    max: 100_000,
    doc: 'How many topics the simulator makes.',
  }),
  simulatorRatePerS: integer('TICKWIRE_SIMULATOR_RATE_PER_S', {
    fallback: 500,
    min: 1,
    max: 1_000_000,
    doc: 'How many updates a second the simulator makes, over all its topics.',
  }),
  simulatorSeed: integer('TICKWIRE_SIMULATOR_SEED', {
    fallback: 1,
    min: 0,
    max: 2 ** 32 - 1,
    doc: 'The same seed makes the same prices.',
  }),
  host: word('TICKWIRE_HOST', {
    fallback: '127.0.0.1',
    ...HOST,
    doc: 'The address to listen on for clients; 0.0.0.0: every one.',
  }),
  port: integer('TICKWIRE_PORT', {
    fallback: 9000,
    min: 0,
    max: 65_535,
    doc: 'The port for clients, WebSocket and HTTP; 0: any free one.',
  }),
  adminHost: word('TICKWIRE_ADMIN_HOST', {
    fallback: '127.0.0.1',
    ...HOST,
    doc: 'The address to listen on for health, metrics and lanes. Not for the public.',
  }),
  adminPort: integer('TICKWIRE_ADMIN_PORT', {
    fallback: 9001,
    min: 0,
    max: 65_535,
    doc: 'The port for health, metrics and lanes; 0: any free one.',
  }),
  laneDelayMs: integer('TICKWIRE_LANE_DELAY_MS', {
    fallback: 100,
    min: 0,
    max: 10_000,
    doc: 'How long data may wait on the way to a client beyond its own round trip; 0: no bound, the kernel buffers.',
  }),
  laneTimeoutMs: integer('TICKWIRE_LANE_TIMEOUT_MS', {
    fallback: 30_000,
    min: 1_000,
    max: 900_000,
    doc: 'A client that has read nothing for so long is closed (slow_reader).',
  }),
  laneWindowBytesMin: integer('TICKWIRE_LANE_WINDOW_BYTES_MIN', {
    fallback: 2_048,
    min: 512,
    max: MIB_BYTES,
    doc: 'The least that a client may have in flight, however slow its link.',
  }),
  laneWindowBytesMax: integer('TICKWIRE_LANE_WINDOW_BYTES_MAX', {
    fallback: MIB_BYTES,
    min: 16_384,
    max: 64 * MIB_BYTES,
    doc: 'The most that a client may have in flight, however fast its link.',
  }),
  heartbeatMs: integer('TICKWIRE_HEARTBEAT_MS', {
    fallback: 5_000,
    min: 100,
    max: 60_000,
    doc: 'A client that was sent nothing for so long is sent a heartbeat.',
  }),
  staleAfterMs: integer('TICKWIRE_STALE_AFTER_MS', {
    fallback: 5_000,
    min: 100,
    max: DAY_MS,
    doc: 'Without any update for so long, the feed is stale, and clients are told.',
  }),
  maxConnections: integer('TICKWIRE_MAX_CONNECTIONS', {
    fallback: 10_000,
    min: 1,
    max: 1_000_000,
    doc: 'Connections at a time; more are refused.',
  }),
  maxSubscriptions: integer('TICKWIRE_MAX_SUBSCRIPTIONS', {
    fallback: 1_024,
    min: 1,
    max: 100_000,
    doc: 'Subscriptions of one connection; `channel:*` counts one.',
  }),
  maxTopics: integer('TICKWIRE_MAX_TOPICS', {
    fallback: 100_000,
    min: 1,
    max: 10_000_000,
    doc: 'Topics whose last value is kept; updates of more are refused and counted.',
  }),
  requestBytesMax: integer('TICKWIRE_REQUEST_BYTES_MAX', {
    fallback: 65_536,
    min: 1_024,
    max: MIB_BYTES,
    doc: 'The largest request of a client; a larger one closes its connection (1009).',
  }),
  requestsPerS: integer('TICKWIRE_REQUESTS_PER_S', {
    fallback: 10,
    min: 1,
    max: 100_000,
    doc: 'Requests a second that one connection may make for long.',
  }),
  requestsBurst: integer('TICKWIRE_REQUESTS_BURST', {
    fallback: 20,
    min: 1,
    max: 100_000,
    doc: 'Requests that one connection may make at once.',
  }),
  demo: flag('TICKWIRE_DEMO', {
    fallback: true,
    doc: 'Whether the live page is served at / on the port for clients.',
  }),
  logLevel: choice('TICKWIRE_LOG_LEVEL', {
    fallback: 'info',
    words: LOG_LEVELS,
    doc: 'The least important events that are logged.',
  }),
}

export type SettingKey = keyof typeof SETTINGS

type ValueOf<S> = S extends Setting<infer T> ? T : never

/** The effective settings. Times are in the unit that ends a name. */
export type Config = { [K in SettingKey]: ValueOf<(typeof SETTINGS)[K]> }

/** What is wrong between settings that are each right; complete sentences. */
export function relations(config: Readonly<Config>): string[] {
  const problems: string[] = []
  if (config.redisUrl !== null && config.file !== null) {
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
  const isSimulated = config.redisUrl === null && config.file === null
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
