/**
 * Read: results from files, checked: what is wrong with one is said in a sentence.
 */
import { readFileSync } from 'node:fs'
import { isFigure } from './figures.ts'
import { type Result, SCHEMA_VERSION } from './result.ts'

type Keys = Readonly<Record<string, 'string' | 'number' | 'boolean' | 'list' | 'object'>>
type Fields = Readonly<Record<string, unknown>>

const RESULT: Keys = {
  scenario: 'string',
  question: 'string',
  isSmoke: 'boolean',
  isPartial: 'boolean',
  values: 'object',
  command: 'string',
  environment: 'object',
  shown: 'list',
  sides: 'list',
  ratios: 'list',
  voids: 'list',
  remarks: 'list',
}
const SIDE: Keys = {
  name: 'string',
  server: 'string',
  figures: 'object',
  distributions: 'list',
  timeline: 'list',
}
const SPREAD: Keys = { median: 'number', min: 'number', max: 'number', rounds: 'list' }
const ENVIRONMENT: Keys = {
  cpu: 'string',
  cores: 'number',
  kernel: 'string',
  node: 'string',
  commit: 'string',
  versions: 'object',
  limits: 'object',
  clock: 'string',
  placement: 'string',
  startedAt: 'string',
}

/** A result as `--json` wrote it. Throws with a sentence that names the file where it is none. */
export function readResult(path: string): Result {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new Error(`${path} cannot be read: ${(error as Error).message}`, { cause: error })
  }
  const wrong = whatIsWrong(value)
  if (wrong !== null) throw new Error(`${path} is not a result of npm run bench: ${wrong}`)
  // whatIsWrong() has looked at all that reports rely on.
  return value as Result
}

/** Why a value is no Result; null where it is one. */
export function whatIsWrong(value: unknown): string | null {
  if (!isFields(value)) return 'it is no object'
  const { schemaVersion } = value
  if (schemaVersion !== SCHEMA_VERSION) {
    return `its schemaVersion is ${schemaVersion}, and this version of the reports reads ${SCHEMA_VERSION}`
  }
  const wrong =
    missing(value, RESULT, '') ?? missing(value.environment, ENVIRONMENT, 'environment.')
  if (wrong !== null) return wrong
  const sides = value.sides as readonly unknown[]
  if (sides.length === 0) return 'it has no sides'
  return first([
    ...(value.shown as readonly unknown[]).map((name) => undescribed(String(name))),
    ...sides.map((side, i) => wrongSide(side, `sides[${i}].`)),
    ...(value.ratios as readonly unknown[]).map((ratio, i) =>
      missing(ratio, { figure: 'string', of: 'string', to: 'string', ...SPREAD }, `ratios[${i}].`),
    ),
  ])
}

function wrongSide(side: unknown, at: string): string | null {
  const wrong = missing(side, SIDE, at)
  if (wrong !== null) return wrong
  const { figures, distributions, timeline } = side as Record<string, object>
  return first([
    ...Object.keys(figures ?? {}).map(undescribed),
    ...entries(figures).map(([name, spread]) => missing(spread, SPREAD, `${at}figures.${name}.`)),
    ...entries(distributions).map(([i, one]) =>
      missing(one, { name: 'string', histogram: 'string' }, `${at}distributions[${i}].`),
    ),
    ...entries(timeline).map(([i, one]) =>
      missing(one, { name: 'string', points: 'list' }, `${at}timeline[${i}].`),
    ),
  ])
}

function undescribed(name: string): string | null {
  return isFigure(name)
    ? null
    : `it has a figure ${name}, which bench/report/figures.ts does not know`
}

function missing(value: unknown, keys: Keys, at: string): string | null {
  if (!isFields(value)) return `${at.slice(0, -1)} is no object`
  for (const [key, kind] of Object.entries(keys)) {
    if (kindOf(value[key]) === kind) continue
    const found = key in value ? `is no ${kind}` : 'is missing'
    return `${at}${key} ${found}`
  }
  return null
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'list'
  if (value === null) return 'null'
  return typeof value
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function entries(value: object | undefined): [string, unknown][] {
  return Object.entries(value ?? {})
}

function first(problems: readonly (string | null)[]): string | null {
  return problems.find((problem) => problem !== null) ?? null
}
