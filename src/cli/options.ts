/**
 * Options: node:util's parser, with refusals that a person understands.
 */
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { suggestion } from '../config/nearest.ts'
import { UsageError } from './command.ts'

type OptionTable = NonNullable<ParseArgsConfig['options']>
type Parsed<T extends OptionTable> = ReturnType<
  typeof parseArgs<{ options: T; strict: true; allowPositionals: true }>
>

/** Reads `args` by the table of options. Throws a UsageError for what the table does not allow. */
export function parseOptions<const T extends OptionTable>(args: string[], options: T): Parsed<T> {
  refuseUnknown(args, options)
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: true })
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new UsageError(error.message.replace(/\. To specify .*$/s, ''), { cause: error })
  }
}

/** The option as a whole number from `min` to `max`, or undefined where it is not given. */
export function wholeNumber(
  name: string,
  text: string | undefined,
  [min, max]: readonly [number, number],
): number | undefined {
  if (text === undefined) return undefined
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw new UsageError(`--${name} must be a whole number from ${min} to ${max}, not '${text}'`)
}

/** The option as one of `words`, or undefined where it is not given. */
export function oneOf<const W extends string>(
  name: string,
  text: string | undefined,
  words: readonly W[],
): W | undefined {
  if (text === undefined) return undefined
  const word = words.find((candidate) => candidate === text)
  if (word !== undefined) return word
  const hint = suggestion(text, words)
  throw new UsageError(`--${name} must be one of ${words.join(', ')}, not '${text}'${hint}`)
}

/** The first unknown option, told with the nearest known one; the parser itself would only refuse it. */
function refuseUnknown(args: string[], options: OptionTable): void {
  const known = Object.keys(options).map((name) => `--${name}`)
  const { tokens } = parseArgs({ args, options, strict: false, tokens: true })
  for (const token of tokens) {
    if (token.kind !== 'option' || Object.hasOwn(options, token.name)) continue
    const hint = suggestion(token.rawName, known)
    throw new UsageError(`unknown option ${token.rawName}${hint}`)
  }
}
