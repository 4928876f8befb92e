/**
 * Load: goal: what an operator writes is either in effect or refused by name, never silently dropped. Method: tables of
 * environments.
 */
import { describe, expect, test } from 'vitest'
import { type Environment, loadConfig } from '../../../src/config/load.ts'
import { type Config, SETTINGS } from '../../../src/config/settings.ts'

const REDIS = { TICKWIRE_REDIS_URL: 'redis://db' }

function load(env: Environment): Readonly<Config> {
  const loaded = loadConfig(env)
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'))
  return loaded.config
}

function problemsOf(env: Environment): string[] {
  const loaded = loadConfig(env)
  return 'problems' in loaded ? loaded.problems : []
}

describe('an environment that is right', () => {
  test('nothing set: every default, and none of them is refused itself', () => {
    const config = load({ PATH: '/bin', HOME: '/', TICK: 'x' })
    for (const [key, setting] of Object.entries(SETTINGS)) {
      expect(config[key as keyof Config]).toEqual(setting.fallback)
      const text = (setting.print as (value: unknown) => string)(setting.fallback)
      if (text === '') continue
      expect(setting.read(text)).toEqual(setting.fallback)
    }
    expect(config).toMatchObject({ port: 9000, adminPort: 9001, redisUrls: [], fileSpeed: 1 })
  })

  test.each<{ env: Environment; part: Partial<Config> }>([
    { env: { TICKWIRE_PORT: ' 8080 ' }, part: { port: 8080 } },
    { env: { TICKWIRE_PORT: '' }, part: { port: 9000 } },
    { env: { TICKWIRE_PORT: '  ' }, part: { port: 9000 } },
    { env: { TICKWIRE_PORT: '0', TICKWIRE_ADMIN_PORT: '0' }, part: { port: 0, adminPort: 0 } },
    {
      env: { TICKWIRE_PORT: '9001', TICKWIRE_HOST: '10.0.0.1' },
      part: { port: 9001, adminPort: 9001 },
    },
    { env: { TICKWIRE_HOST: '::1' }, part: { host: '::1' } },
    {
      env: { TICKWIRE_REDIS_URL: 'redis://:pw@db:6379/0' },
      part: { redisUrls: ['redis://:pw@db:6379/0'] },
    },
    { env: { TICKWIRE_REDIS_URL: 'rediss://db' }, part: { redisUrls: ['rediss://db'] } },
    {
      env: { TICKWIRE_REDIS_URL: 'redis://:p,w@a:1, rediss://b' },
      part: { redisUrls: ['redis://:p,w@a:1', 'rediss://b'] },
    },
    { env: { TICKWIRE_REDIS_PATTERNS: 'a:*, b:?x' }, part: { redisPatterns: ['a:*', 'b:?x'] } },
    { env: { TICKWIRE_FILE: 'a b.ndjson' }, part: { file: 'a b.ndjson' } },
    { env: { TICKWIRE_FILE_TOPIC: 'a:{x}:{y}' }, part: { fileTopic: 'a:{x}:{y}' } },
    { env: { TICKWIRE_FILE_SPEED: 'max' }, part: { fileSpeed: 'max' } },
    { env: { TICKWIRE_FILE_SPEED: '0.5' }, part: { fileSpeed: 0.5 } },
    { env: { TICKWIRE_FILE_LOOP: 'true' }, part: { fileLoop: true } },
    { env: { TICKWIRE_FILE_LOOP: '0' }, part: { fileLoop: false } },
    { env: { TICKWIRE_LOG_LEVEL: 'silent' }, part: { logLevel: 'silent' } },
    { env: { TICKWIRE_SIMULATOR_SEED: '4294967295' }, part: { simulatorSeed: 4294967295 } },
  ])('$env', ({ env, part }) => {
    expect(load(env)).toMatchObject(part)
  })

  test('the settings cannot be changed afterwards', () => {
    expect(Object.isFrozen(load({}))).toBe(true)
  })
})

describe('an environment that is wrong', () => {
  test.each<{ env: Environment; says: RegExp }>([
    { env: { TICKWIRE_PORT: 'abc' }, says: /^TICKWIRE_PORT must be .*0 to 65535, not "abc"$/ },
    { env: { TICKWIRE_PORT: '65536' }, says: /^TICKWIRE_PORT must be/ },
    { env: { TICKWIRE_PORT: '-1' }, says: /^TICKWIRE_PORT must be/ },
    { env: { TICKWIRE_PORT: '9000.5' }, says: /^TICKWIRE_PORT must be/ },
    { env: { TICKWIRE_PORT: '0x10' }, says: /^TICKWIRE_PORT must be/ },
    { env: { TICKWIRE_PORT: '1e3' }, says: /^TICKWIRE_PORT must be/ },
    { env: { TICKWIRE_HEARTBEAT_MS: '99' }, says: /from 100 to/ },
    { env: { TICKWIRE_STALE_AFTER_MS: '99' }, says: /from 100 to/ },
    { env: { TICKWIRE_REQUEST_BYTES_MAX: '1048577' }, says: /to 1048576/ },
    { env: { TICKWIRE_REQUESTS_BURST: '0' }, says: /from 1 to/ },
    { env: { TICKWIRE_FILE_LOOP: 'yes' }, says: /must be true or false, not "yes"/ },
    { env: { TICKWIRE_FILE_TOPIC: '{x}:{y}' }, says: /^TICKWIRE_FILE_TOPIC must be a topic name/ },
    { env: { TICKWIRE_FILE_TOPIC: 'ticker:{' }, says: /^TICKWIRE_FILE_TOPIC must be/ },
    { env: { TICKWIRE_FILE_TOPIC: 'ticker:{}' }, says: /^TICKWIRE_FILE_TOPIC must be/ },
    { env: { TICKWIRE_FILE_TOPIC: 'ticker:*' }, says: /^TICKWIRE_FILE_TOPIC must be/ },
    { env: { TICKWIRE_FILE_SPEED: '0' }, says: /a number above 0/ },
    { env: { TICKWIRE_FILE_SPEED: 'fast' }, says: /or max/ },
    { env: { TICKWIRE_LOG_LEVEL: 'INFO' }, says: /one of trace, debug, info/ },
    { env: { TICKWIRE_HOST: 'a b' }, says: /^TICKWIRE_HOST must be an address/ },
    { env: { TICKWIRE_REDIS_PATTERNS: 'a:*,,b:*' }, says: /^TICKWIRE_REDIS_PATTERNS must be/ },
    { env: { TICKWIRE_REDIS_PATTERNS: ',' }, says: /^TICKWIRE_REDIS_PATTERNS must be/ },
    { env: { TICKWIRE_REDIS_URL: 'http://db' }, says: /redis:\/\/ or rediss:\/\/, or up to 64/ },
    { env: { TICKWIRE_REDIS_URL: 'db:6379' }, says: /^TICKWIRE_REDIS_URL must be a URL/ },
    {
      env: { TICKWIRE_PROT: '1' },
      says: /^TICKWIRE_PROT is not a setting \(did you mean TICKWIRE_PORT\?\)$/,
    },
    { env: { TICKWIRE_: 'x' }, says: /^TICKWIRE_ is not a setting$/ },
    { env: { TICKWIRE_NOTHING_LIKE_IT: '' }, says: /is not a setting$/ },
    {
      env: { TICKWIRE_REDIS_URL: 'redis://db', TICKWIRE_FILE: 'f' },
      says: /TICKWIRE_REDIS_URL and TICKWIRE_FILE exclude each other/,
    },
    { env: { TICKWIRE_REDIS_URL: 'redis://a,redis://a' }, says: /must not name one twice/ },
    { env: { TICKWIRE_REDIS_URL: 'redis://a,b' }, says: /^TICKWIRE_REDIS_URL must be a URL/ },
    { env: { TICKWIRE_REDIS_TOPICS: 't:a' }, says: /need TICKWIRE_REDIS_URL$/ },
    { env: { TICKWIRE_REDIS_CLUSTER: 'true' }, says: /need TICKWIRE_REDIS_URL$/ },
    { env: { ...REDIS, TICKWIRE_REDIS_TOPICS: 't:a,t:a' }, says: /must not name a topic twice/ },
    { env: { ...REDIS, TICKWIRE_REDIS_TOPICS: 't:{a}' }, says: /^TICKWIRE_REDIS_TOPICS must be/ },
    { env: { ...REDIS, TICKWIRE_REDIS_TOPICS: 't:*' }, says: /^TICKWIRE_REDIS_TOPICS must be/ },
    {
      env: { ...REDIS, TICKWIRE_REDIS_CLUSTER: 'true', TICKWIRE_REDIS_SENTINELS: 'a:1' },
      says: /CLUSTER and TICKWIRE_REDIS_SENTINELS exclude each other/,
    },
    {
      env: { TICKWIRE_REDIS_CLUSTER: 'true', TICKWIRE_REDIS_URL: 'redis://a/2' },
      says: /no databases but 0/,
    },
    {
      env: { TICKWIRE_REDIS_CLUSTER: 'true', TICKWIRE_REDIS_URL: 'redis://a,redis://u:p@b' },
      says: /must have the same scheme, user and password/,
    },
    { env: { TICKWIRE_ADMIN_PORT: '9000' }, says: /PORT and TICKWIRE_ADMIN_PORT must differ/ },
    {
      env: { TICKWIRE_ADMIN_PORT: '9000', TICKWIRE_ADMIN_HOST: '0.0.0.0' },
      says: /must differ/,
    },
    { env: { TICKWIRE_ALLOWED_ORIGINS: 'desk.example' }, says: /^TICKWIRE_ALLOWED_ORIGINS must/ },
    { env: { TICKWIRE_ALLOWED_ORIGINS: 'https://a/b' }, says: /^TICKWIRE_ALLOWED_ORIGINS must/ },
    {
      env: { TICKWIRE_ALLOWED_ORIGINS: 'https://a:99999' },
      says: /https:\/\/a:99999 is no origin/,
    },
    { env: { TICKWIRE_ALLOWED_ORIGINS: '*,https://a' }, says: /must stand alone/ },
    {
      env: { TICKWIRE_TRUSTED_HOPS: '1', TICKWIRE_PROXY_PROTOCOL: 'true' },
      says: /exclude each other/,
    },
    {
      env: {
        ...{ TICKWIRE_PROXY_PROTOCOL: 'true' },
        ...{ TICKWIRE_TLS_CERT: 'cert.pem', TICKWIRE_TLS_KEY: 'key.pem' },
      },
      says: /TICKWIRE_PROXY_PROTOCOL and TICKWIRE_TLS_CERT exclude each other/,
    },
    { env: { TICKWIRE_MAX_TOPICS: '199' }, says: /SIMULATOR_SYMBOLS must not be above/ },
    { env: { TICKWIRE_PORT: 'tcp://10.0.0.7:9000' }, says: /enableServiceLinks: false/ },
    {
      env: { TICKWIRE_SERVICE_HOST: '10.0.0.7', TICKWIRE_PORT_9000_TCP_ADDR: '10.0.0.7' },
      says: /^TICKWIRE_PORT_9000_TCP_ADDR and 1 more like it .*enableServiceLinks: false/,
    },
  ])('$env', ({ env, says }) => {
    const problems = problemsOf(env)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(says)
  })

  test('every problem is told at once', () => {
    const env = { TICKWIRE_PORT: 'x', TICKWIRE_LOG_LEVEL: 'y', TICKWIRE_HOTS: 'z' }
    expect(problemsOf(env).map((problem) => problem.split(' ')[0])).toEqual([
      'TICKWIRE_HOTS',
      'TICKWIRE_PORT',
      'TICKWIRE_LOG_LEVEL',
    ])
  })

  test('a password is not repeated', () => {
    expect(problemsOf({ TICKWIRE_REDIS_URL: 'http://:hunter2@db' }).join()).not.toContain('hunter2')
  })
})
