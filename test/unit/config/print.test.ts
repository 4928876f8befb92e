/**
 * Print: goal: an operator sees what is in effect, and nobody sees a password.
 */
import { describe, expect, test } from 'vitest'
import { redactUrl } from '../../../src/config/kinds.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { nearest } from '../../../src/config/nearest.ts'
import { printConfig, printDocs } from '../../../src/config/print.ts'
import { SETTINGS } from '../../../src/config/settings.ts'

const NAMES = Object.values(SETTINGS).map(({ env }) => env)

function print(env: Record<string, string>): string[] {
  const loaded = loadConfig(env)
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'))
  return printConfig(loaded.config).trimEnd().split('\n')
}

describe('printConfig', () => {
  test('has a line for each setting and says which are defaults', () => {
    const lines = print({ TICKWIRE_PORT: '8000' })
    expect(lines.map((line) => line.split('=')[0])).toEqual(NAMES)
    expect(lines).toContain('TICKWIRE_PORT=8000')
    expect(lines.find((line) => line.startsWith('TICKWIRE_ADMIN_PORT'))).toMatch(
      /=9001 +# default$/,
    )
    expect(lines[0]).toMatch(/^TICKWIRE_REDIS_URL= +# default: unset$/)
    const notes = lines.filter((line) => line.includes('#')).map((line) => line.indexOf('#'))
    expect(new Set(notes).size).toBe(1)
  })

  test('what it prints can be set again, and then is the same', () => {
    const env = { TICKWIRE_FILE: 'a.ndjson', TICKWIRE_FILE_SPEED: 'max', TICKWIRE_FILE_LOOP: '1' }
    const again = Object.fromEntries(
      print(env).map((line) => line.replace(/ +# .*$/, '').split('=') as [string, string]),
    )
    expect(print(again)).toEqual(print(env))
  })

  test('prints no password', () => {
    const text = print({ TICKWIRE_REDIS_URL: 'rediss://me:hunter2@db:6380/2?password=hunter2' })
    expect(text[0]).toBe('TICKWIRE_REDIS_URL=rediss://me:***@db:6380/2?***')
  })
})

test.each([
  ['redis://db:6379', 'redis://db:6379'],
  ['redis://me@db/1', 'redis://me@db/1'],
  ['redis://:a%40b@db', 'redis://:***@db'],
])('%s is redacted to %s', (url, redacted) => {
  expect(redactUrl(url)).toBe(redacted)
})

test('the page of documentation names each setting once', () => {
  const rows = printDocs()
    .split('\n')
    .filter((line) => line.startsWith('| `TICKWIRE_'))
  expect(rows.map((row) => row.split('`')[1])).toEqual(NAMES)
  for (const row of rows) expect(row.split(/(?<!\\)\|/)).toHaveLength(6)
})

test.each([
  { text: 'TICKWIRE_PRT', found: 'TICKWIRE_PORT' },
  { text: 'TICKWIRE_REDISURL', found: 'TICKWIRE_REDIS_URL' },
  { text: 'TICKWIRE_LOGLEVEL', found: 'TICKWIRE_LOG_LEVEL' },
  { text: 'completely different', found: null },
])('nearest to $text is $found', ({ text, found }) => {
  expect(nearest(text, NAMES)).toBe(found)
  expect(nearest(text, [])).toBeNull()
})
