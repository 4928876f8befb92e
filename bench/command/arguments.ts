/**
 * Arguments: the command line of `npm run bench`, read and refused in sentences. Pure.
 */
import { parseArgs } from 'node:util'
import { suggestion } from '../../src/config/nearest.ts'
import type { Scenario, Values } from '../scenario/scenario.ts'
import type { Elsewhere } from '../stage/bench.ts'

export type Request =
  | { readonly kind: 'help' }
  | { readonly kind: 'list' }
  | { readonly kind: 'compare'; readonly args: readonly string[] }
  | ({ readonly kind: 'run' } & RunRequest)

export interface RunRequest {
  readonly scenario: Scenario
  readonly values: Values
  readonly isSmoke: boolean
  readonly json: string | null
  readonly html: string | null
  readonly elsewhere: Elsewhere
}

/** Whoever typed it gets a sentence and exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

const OPTIONS = {
  set: { type: 'string', multiple: true },
  smoke: { type: 'boolean', default: false },
  json: { type: 'string' },
  html: { type: 'string' },
  url: { type: 'string' },
  redis: { type: 'string' },
  admin: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** Throws a UsageError. */
export function parseRequest(args: readonly string[], scenarios: readonly Scenario[]): Request {
  const [command, ...rest] = args
  if (command === 'compare') return { kind: 'compare', args: rest }
  const { values, positionals } = parse(args)
  if (values.help || positionals[0] === 'help') return { kind: 'help' }
  const [name, extra] = positionals
  if (extra !== undefined) throw new UsageError(`unexpected argument '${extra}'`)
  if (name === undefined) throw new UsageError('which scenario? `npm run bench -- list` names all')
  if (name === 'list') return { kind: 'list' }
  const scenario = scenarios.find((one) => one.name === name)
  if (scenario === undefined) {
    const known = [...scenarios.map((one) => one.name), 'list', 'compare']
    throw new UsageError(`unknown scenario '${name}'${suggestion(name, known)}`)
  }
  const { smoke: isSmoke, json = null, html = null, set = [] } = values
  return {
    kind: 'run',
    scenario,
    values: valuesOf(scenario, isSmoke, set),
    isSmoke,
    json,
    html,
    elsewhere: elsewhereOf(values),
  }
}

function parse(args: readonly string[]) {
  const parsed = parseArgs({ args: [...args], options: OPTIONS, strict: false, tokens: true })
  const known = Object.keys(OPTIONS).map((name) => `--${name}`)
  for (const token of parsed.tokens) {
    if (token.kind !== 'option' || Object.hasOwn(OPTIONS, token.name)) continue
    throw new UsageError(`unknown option ${token.rawName}${suggestion(token.rawName, known)}`)
  }
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    throw new UsageError((error as Error).message.replace(/\. To specify .*$/s, ''))
  }
}

/** The scenario's values, those of its smoke size in their place, and what was set in theirs. */
function valuesOf(scenario: Scenario, isSmoke: boolean, sets: readonly string[]): Values {
  const values: Record<string, number | string> = {
    ...scenario.values,
    ...(isSmoke ? scenario.smoke : {}),
  }
  for (const set of sets) {
    const [, key, text] = /^([^=]+)=(.*)$/s.exec(set) ?? []
    if (key === undefined) throw new UsageError(`--set takes key=value, not '${set}'`)
    if (!Object.hasOwn(values, key)) {
      const hint = suggestion(key, Object.keys(values))
      throw new UsageError(`${scenario.name} has no value '${key}'${hint}`)
    }
    values[key] = typeof values[key] === 'number' ? numberOf(key, text!) : text!
  }
  return values
}

function numberOf(key: string, text: string): number {
  const value = /^\d/.test(text) ? Number(text) : Number.NaN
  if (Number.isFinite(value)) return value
  throw new UsageError(`${key} must be a number, not '${text}'`)
}

function elsewhereOf(values: ReturnType<typeof parse>['values']): Elsewhere {
  const { url, redis, admin } = values
  if (url === undefined && admin !== undefined) throw new UsageError('--admin needs --url')
  if (url !== undefined && redis === undefined) {
    throw new UsageError('--url needs --redis: the one that the server reads, to publish to')
  }
  const redisUrl = redis === undefined ? null : urlOf('redis', redis, ['redis:', 'rediss:']).href
  if (url === undefined) return { redisUrl, server: null }
  const at = urlOf('url', url, ['ws:'])
  if (at.pathname === '/') at.pathname = '/ws'
  const adminAt = admin === undefined ? null : urlOf('admin', admin, ['http:', 'https:']).origin
  return { redisUrl, server: { url: at.href, admin: adminAt } }
}

function urlOf(option: string, text: string, schemes: readonly string[]): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url !== null && schemes.includes(url.protocol)) return url
  throw new UsageError(
    `--${option} takes ${schemes.map((it) => `${it}//...`).join(' or ')}, not '${text}'`,
  )
}
