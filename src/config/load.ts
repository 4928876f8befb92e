/**
 * Load: an environment -> the effective settings, or everything that is wrong with it.
 */
import type { Setting } from './kinds.ts'
import { suggestion } from './nearest.ts'
import { relations } from './relations.ts'
import { type Config, SETTINGS, type SettingKey } from './settings.ts'

const PREFIX = 'TICKWIRE_'

/** What Kubernetes sets in every pod beside a Service that is called tickwire. */
const SERVICE_LINK = /^TICKWIRE_(\w+_)?(SERVICE_(HOST|PORT)(_\w+)?|PORT_\d+_(TCP|UDP)(_\w+)?)$/

const LINKS_OFF = 'set enableServiceLinks: false in the pod'

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads the `TICKWIRE_*` names of `env`; all others are left alone. Values are trimmed, and an empty one is as good as
 * none. Returns every problem at once, each a sentence that names its setting and repeats no secret.
 */
export function loadConfig(
  env: Environment,
): { config: Readonly<Config> } | { problems: string[] } {
  const problems = unknownNames(env)
  const values: Record<string, unknown> = {}
  for (const [key, setting] of Object.entries<Setting<unknown>>(SETTINGS)) {
    const text = env[setting.env]?.trim() ?? ''
    values[key] = setting.fallback
    if (text === '') continue
    try {
      values[key] = setting.read(text)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      const got = setting.isSecret ? '' : `, not ${quote(text)}`
      problems.push(`${setting.env} must be ${error.message}${got}${linkHint(text)}`)
    }
  }
  // Each key of the table has been given its own setting's value or fallback.
  const config = values as Record<SettingKey, unknown> as Config
  problems.push(...relations(config))
  return problems.length > 0 ? { problems } : { config: Object.freeze(config) }
}

function unknownNames(env: Environment): string[] {
  const known = Object.values(SETTINGS).map((setting) => setting.env)
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

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text)
}
