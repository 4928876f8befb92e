/**
 * Fuzz, configuration: goal: any environment gives settings or problems, nothing is thrown, a password is repeated
 * nowhere, and what is printed reads back as the same settings. Method: test/support/fuzz.ts.
 */
import { loadConfig } from '../../src/config/load.ts'
import { printConfig } from '../../src/config/print.ts'
import { type Config, SETTINGS } from '../../src/config/settings.ts'
import { fuzz, type Input, must } from '../support/fuzz.ts'
import type { Dice } from '../support/fuzz-dice.ts'
import { mutated } from '../support/fuzz-inputs.ts'
import { PAST_ENVIRONMENTS } from '../support/fuzz-past.ts'

const NAMES = Object.values(SETTINGS).map(({ env }) => env)
const SECRETS = Object.values(SETTINGS)
  .filter(({ isSecret }) => isSecret)
  .map(({ env }) => env)
const OTHER_NAMES = ['TICKWIRE_', 'TICKWIRE_PROT', 'TICKWIRE_PORT_9000_TCP', 'PATH', '__proto__']
const SECRET = 'hunter2'
const VALUES = [
  ...['0', '1', '200', '-1', '1e3', '65535', 'true', 'max', 'debug', '0.5', '', ' 7 ', 'localhost'],
  ...['ticker:{symbol}', 'ticker:*,trade:*', '127.0.0.1', 'tcp://10.0.0.1:9000', '/data/a.ndjson'],
  ...[`redis://:${SECRET}@cache:6379/0`, `rediss://user:${SECRET}@cache`, 'redis://cache?x=1'],
  ...[`${SECRET}-0123456789-0123456789`, 'jwt', 'HS256', 'https://id.example.org/keys', 'demo:**'],
].map((text) => Buffer.from(text))

fuzz('environments', {
  make: assignments,
  check(assigned) {
    const env = Object.fromEntries(
      assigned.map((bytes) => bytes.toString().split(/=(.*)/s, 2) as [string, string | undefined]),
    )
    const loaded = loadConfig(env)
    const isSecret = (bytes: Buffer) =>
      SECRETS.some((name) => bytes.toString().startsWith(`${name}=`))
    const isElsewhere = assigned.some((bytes) => !isSecret(bytes) && bytes.includes(SECRET))
    if ('problems' in loaded) {
      must(loaded.problems.length > 0, 'there is a reason')
      for (const problem of loaded.problems) {
        must(problem.includes('TICKWIRE_'), `it says which setting: ${problem}`)
        must(isElsewhere || !problem.includes(SECRET), 'a secret is one')
      }
      return
    }
    const printed = printConfig(loaded.config)
    const { redisUrls } = loaded.config
    // As a host or a user's name it is none.
    const bare = redisUrls.map((url) => url.replace(`:${SECRET}@`, '').replace(/\?.*/s, ''))
    const isNone = bare.some((url) => url.includes(SECRET))
    must(isElsewhere || isNone || !printed.includes(SECRET), 'a secret is one')
    requireReadBack(printed, loaded.config)
  },
  past: PAST_ENVIRONMENTS,
})

function assignments(dice: Dice): Input {
  return Array.from({ length: 1 + dice.below(4) }, () => {
    const name = dice.once(8) ? dice.pick(OTHER_NAMES) : dice.pick(NAMES)
    // A value of that setting half of the time, or most environments would be wrong.
    const known = Object.values(SETTINGS).find(({ env }) => env === name)
    const own = Buffer.from(String(known?.fallback ?? 'redis://cache'))
    const value = dice.once(2) ? own : mutated(dice, dice.pick(VALUES), VALUES)
    return Buffer.concat([Buffer.from(`${name}=`), value])
  })
}

/** With the secrets put back, which are not printed. */
function requireReadBack(printed: string, config: Readonly<Config>): void {
  const lines = printed.trimEnd().split('\n')
  const env = Object.fromEntries(
    lines.map((line) => line.replace(/ {3}# default.*/, '').split(/=(.*)/s, 2) as [string, string]),
  )
  for (const [key, { env: name, isSecret }] of Object.entries(SETTINGS)) {
    if (isSecret) env[name] = String(config[key as keyof Config] ?? '')
  }
  const again = loadConfig(env)
  must('config' in again, `it is read back: ${JSON.stringify(again)}`)
  // As text, for which -0 is 0.
  must(JSON.stringify(again.config) === JSON.stringify(config), 'it is the same')
}
