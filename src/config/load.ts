/**
 * Load: an environment -> the effective settings, or everything that is wrong with it.
 */
import { FILE_SUFFIX, type Setting } from './kinds.ts'
import { suggestion } from './nearest.ts'
import { relations } from './relations.ts'
import { type Config, SETTINGS, type SettingKey } from './settings.ts'

const PREFIX = 'TICKWIRE_'

/** What Kubernetes sets in every pod beside a Service that is called tickwire. */
const SERVICE_LINK = /^TICKWIRE_(\w+_)?(SERVICE_(HOST|PORT)(_\w+)?|PORT_\d+_(TCP|UDP)(_\w+)?)$/

const LINKS_OFF = 'set enableServiceLinks: false in the pod'

export type Environment = Readonly<Record<string, string | undefined>>

/** The text of a file. Throws where it cannot be read. */
export type ReadFile = (path: string) => string

/**
 * Reads the `TICKWIRE_*` names of `env`; all others are left alone. Values are trimmed, and an empty one is as good as
 * none. A secret may also be the content of the file that its name with `_FILE` says. Returns every problem at once,
 * each a sentence that names its setting and repeats no secret.
 */
export function loadConfig(
  env: Environment,
  readFile: ReadFile = noFiles,
): { config: Readonly<Config> } | { problems: string[] } {
  const problems = unknownNames(env)
  const values: Record<string, unknown> = {}
  const secretFiles: Record<string, string> = {}
  for (const [key, setting] of Object.entries<Setting<unknown>>(SETTINGS)) {
    const path = fileOf(setting, env)
    if (path !== '') secretFiles[key] = path
    const text = path === '' ? textOf(env, setting.env) : secretOf(setting, env, readFile, problems)
    values[key] = setting.fallback
    if (text === '') continue
    try {
      values[key] = setting.read(text)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      const got = setting.isSecret ? '' : `, not ${quote(text)}`
      const subject = path === '' ? setting.env : `${setting.env}${FILE_SUFFIX} (${path})`
      problems.push(`${subject} must be ${error.message}${got}${linkHint(text)}`)
    }
  }
  // Each key of the table has been given its own setting's value or fallback.
  const config = { ...(values as Record<SettingKey, unknown>), secretFiles } as Config
  problems.push(...relations(config))
  return problems.length > 0 ? { problems } : { config: Object.freeze(config) }
}

function noFiles(): never {
  throw new Error('there are no files here')
}

function textOf(env: Environment, name: string): string {
  return env[name]?.trim() ?? ''
}

/** Where the file is that a secret is in, or ''. */
function fileOf(setting: Setting<unknown>, env: Environment): string {
  return setting.isSecret ? textOf(env, `${setting.env}${FILE_SUFFIX}`) : ''
}

/** The content of a secret's file; '' where there is none to be had, which is then a problem. */
function secretOf(
  setting: Setting<unknown>,
  env: Environment,
  readFile: ReadFile,
  problems: string[],
): string {
  const name = `${setting.env}${FILE_SUFFIX}`
  const path = fileOf(setting, env)
  if (textOf(env, setting.env) !== '') {
    problems.push(`${setting.env} and ${name} exclude each other: set one`)
    return ''
  }
  try {
    const text = readFile(path).trim()
    if (text === '') problems.push(`${name}: ${path} is empty`)
    return text
  } catch (error) {
    const { code } = error as { code?: unknown }
    problems.push(`${name}: ${path} cannot be read${typeof code === 'string' ? ` (${code})` : ''}`)
    return ''
  }
}

function unknownNames(env: Environment): string[] {
  const known = Object.values<Setting<unknown>>(SETTINGS).flatMap((setting) =>
    setting.isSecret ? [setting.env, `${setting.env}${FILE_SUFFIX}`] : [setting.env],
  )
  const unknown = Object.keys(env).filter(
    (name) => name.startsWith(PREFIX) && !known.includes(name),
  )
  const links = unknown.filter((name) => SERVICE_LINK.test(name))
  const problems = unknown
    .filter((name) => !links.includes(name))
    .sort()
    .map((name) => `${name} is not a setting${suggestion(name, known)}`)
  if (links.length > 0) {
    const more = links.length > 1 ? ` and ${links.length - 1} more like it` : ''
    problems.push(`${links.sort()[0]}${more} can only come from Kubernetes: ${LINKS_OFF}`)
  }
  return problems
}

/** A Service called tickwire also makes Kubernetes set TICKWIRE_PORT itself. */
function linkHint(text: string): string {
  return /^(tcp|udp):\/\//.test(text) ? `; ${LINKS_OFF}` : ''
}

/** Without what may be a password, where one stands in a URL that should have none. */
function quote(text: string): string {
  const shown = text.replace(/\/\/[^/]*@/, '//***@')
  return JSON.stringify(shown.length > 60 ? `${shown.slice(0, 60)}...` : shown)
}
