/**
 * Secret files: goal: a secret may stand in a file instead of the environment, and no mistake with it is silent or shows
 * the secret. Method: tables of environments, with files that are a map.
 */
import { expect, test } from 'vitest'
import { type Environment, loadConfig } from '../../../src/config/load.ts'
import { printConfig } from '../../../src/config/print.ts'
import { SETTINGS } from '../../../src/config/settings.ts'

const FILES: Readonly<Record<string, string>> = {
  '/run/good': ' hunter2\n',
  '/run/url': 'redis://:hunter2@db:6379/1\n',
  '/run/empty': ' \n',
  '/run/two-lines': 'hunter2\nhunter3',
}
const URL = { TICKWIRE_REDIS_URL: 'redis://db' }

function load(env: Environment) {
  return loadConfig(env, (path) => {
    const text = FILES[path]
    if (text === undefined) throw Object.assign(new Error(path), { code: 'ENOENT' })
    return text
  })
}

function problemsOf(env: Environment): string[] {
  const loaded = load(env)
  return 'problems' in loaded ? loaded.problems : []
}

test('the trimmed content is the value, and the path is kept', () => {
  const env = { TICKWIRE_REDIS_URL_FILE: '/run/url', TICKWIRE_REDIS_PASSWORD_FILE: ' /run/good ' }
  const loaded = load(env)
  expect(loaded).toMatchObject({
    config: {
      redisUrls: ['redis://:hunter2@db:6379/1'],
      redisPassword: 'hunter2',
      redisSentinelPassword: null,
      secretFiles: { redisUrls: '/run/url', redisPassword: '/run/good' },
    },
  })
})

test('check-config prints the path, which can be set again, and not the content', () => {
  const loaded = load({ ...URL, TICKWIRE_REDIS_PASSWORD_FILE: '/run/good' })
  if ('problems' in loaded) throw new Error(loaded.problems.join())
  const text = printConfig(loaded.config)
  expect(text.split('\n')).toContain('TICKWIRE_REDIS_PASSWORD_FILE=/run/good')
  expect(text).not.toContain('hunter2')
})

test('every secret has a file, and nothing else has', () => {
  for (const { env, isSecret } of Object.values(SETTINGS)) {
    const unknown = `${env}_FILE is not a setting`
    const told = problemsOf({ [`${env}_FILE`]: '/run/none' }).join('\n')
    if (isSecret) expect(told).not.toContain(unknown)
    else expect(told).toContain(unknown)
  }
  const secrets = Object.values(SETTINGS).filter(({ isSecret }) => isSecret)
  expect(secrets.map(({ env }) => env)).toEqual([
    'TICKWIRE_REDIS_URL',
    'TICKWIRE_REDIS_PASSWORD',
    'TICKWIRE_REDIS_SENTINEL_PASSWORD',
    'TICKWIRE_PROFILE_TOKEN',
    'TICKWIRE_JWT_SECRET',
  ])
})

test.each<{ env: Environment; says: string }>([
  {
    env: { TICKWIRE_REDIS_PASSWORD: 'hunter2', TICKWIRE_REDIS_PASSWORD_FILE: '/run/good' },
    says: 'TICKWIRE_REDIS_PASSWORD and TICKWIRE_REDIS_PASSWORD_FILE exclude each other: set one',
  },
  {
    env: { TICKWIRE_REDIS_PASSWORD_FILE: '/run/none' },
    says: 'TICKWIRE_REDIS_PASSWORD_FILE: /run/none cannot be read (ENOENT)',
  },
  {
    env: { TICKWIRE_REDIS_PASSWORD_FILE: '/run/empty' },
    says: 'TICKWIRE_REDIS_PASSWORD_FILE: /run/empty is empty',
  },
  {
    env: { TICKWIRE_REDIS_PASSWORD_FILE: '/run/two-lines' },
    says: 'TICKWIRE_REDIS_PASSWORD_FILE (/run/two-lines) must be a text of 1 to 512 characters',
  },
  {
    env: { TICKWIRE_REDIS_PASWORD_FILE: '/run/good' },
    says: 'TICKWIRE_REDIS_PASWORD_FILE is not a setting (did you mean TICKWIRE_REDIS_PASSWORD_FILE?)',
  },
])('$env: $says', ({ env, says }) => {
  expect(problemsOf({ ...URL, ...env })).toEqual([says])
})

test('a Redis URL of a file that is none is not repeated', () => {
  const problems = problemsOf({ TICKWIRE_REDIS_URL_FILE: '/run/good' })
  expect(problems.join()).toMatch(/^TICKWIRE_REDIS_URL_FILE \(\/run\/good\) must be a URL/)
  expect(problems.join()).not.toContain('hunter2')
})
