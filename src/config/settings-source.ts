/**
 * Settings of where updates come from.
 */
import { flag, integer, list, PATH, secret, secretUrls, speed, word } from './kinds.ts'

/** A channel, then a key with or without {fields}; ingest/topic-template.ts reads it. */
const FILE_TOPIC = /^[a-z][a-z0-9_.-]{0,31}:(?:[!#-)+-[\]-z|~]|\{[!-z|~]{1,64}\}){1,127}$/
/** As in market/topic-name.ts. Braces would put a channel and its record into different slots of a cluster. */
const TOPIC = /^[a-z][a-z0-9_.-]{0,31}:[!#-)+-[\]-z|~]{1,127}$/
const ADDRESS = /^([\w.-]{1,253}|\[[\da-fA-F:.]{2,45}\]):\d{1,5}$/

export const SOURCE_SETTINGS = {
  redisUrls: secretUrls('TICKWIRE_REDIS_URL', {
    fallback: [],
    schemes: ['redis:', 'rediss:'],
    countMax: 64,
    doc: 'The Redis to read updates from, or several with topics of their own. Unset: the built-in simulator.',
  }),
  redisPassword: secret('TICKWIRE_REDIS_PASSWORD', {
    fallback: null,
    takes: 'a text of 1 to 512 characters',
    pattern: /^[^\0\r\n]{1,512}$/,
    doc: 'The password for Redis, in place of the one in the URL.',
  }),
  redisSentinels: list('TICKWIRE_REDIS_SENTINELS', {
    fallback: [],
    each: 'addresses such as 10.0.0.1:26379',
    pattern: ADDRESS,
    countMax: 16,
    doc: "Redis Sentinels to ask for the master; then the URL's host is the name of the master.",
  }),
  redisSentinelPassword: secret('TICKWIRE_REDIS_SENTINEL_PASSWORD', {
    fallback: null,
    takes: 'a text of 1 to 512 characters',
    pattern: /^[^\0\r\n]{1,512}$/,
    doc: 'The password for the Sentinels.',
  }),
  redisCa: word('TICKWIRE_REDIS_CA', {
    fallback: null,
    ...PATH,
    doc: 'Certificates (PEM) to trust for rediss://, in place of those of the system.',
  }),
  redisCert: word('TICKWIRE_REDIS_CERT', {
    fallback: null,
    ...PATH,
    doc: 'A client certificate (PEM) for rediss://.',
  }),
  redisKey: word('TICKWIRE_REDIS_KEY', {
    fallback: null,
    ...PATH,
    doc: 'The key (PEM) of the client certificate.',
  }),
  redisPatterns: list('TICKWIRE_REDIS_PATTERNS', {
    fallback: ['ticker:*'],
    each: 'patterns',
    pattern: /^[!-~]{1,256}$/,
    countMax: 64,
    doc: 'What to subscribe to in Redis, as for PSUBSCRIBE. No two may match the same topic.',
  }),
  redisTopics: list('TICKWIRE_REDIS_TOPICS', {
    fallback: [],
    each: 'topics without braces',
    pattern: TOPIC,
    countMax: 10_000,
    doc: 'The topics to subscribe to, in place of patterns; in a cluster by sharded pub/sub.',
  }),
  redisCluster: flag('TICKWIRE_REDIS_CLUSTER', {
    fallback: false,
    doc: 'Whether the URLs are nodes of one Redis Cluster.',
  }),
  file: word('TICKWIRE_FILE', {
    fallback: null,
    ...PATH,
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
}
