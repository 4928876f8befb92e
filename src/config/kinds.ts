/**
 * Kinds: the types that a setting can have, each with how its text is read and how it is described.
 * A reader is given trimmed text that is not empty, and returns the value or throws a RangeError whose message
 * completes "TICKWIRE_X must be ...".
 */

/** Behind a secret's name: the name of the file that it is in. */
export const FILE_SUFFIX = '_FILE'

/** One row of the settings table. */
export interface Setting<T> {
  /** The environment name. */
  readonly env: string
  readonly fallback: T
  /** What it does, in one line. */
  readonly doc: string
  /** What it takes, bounds included; completes both "must be ..." and a cell of the documentation. */
  readonly takes: string
  /** Whether its value may hold a password, and so is never repeated in a message. */
  readonly isSecret: boolean
  /** Throws a RangeError where the text is not what the setting takes. */
  read(text: string): T
  /** The inverse of read(), without passwords; null has no text. */
  print(value: T): string
}

/** What a path takes: no line breaks, which would look like another setting where it is printed. */
export const PATH = { takes: 'a path', pattern: /^\P{Cc}{1,4096}$/u }

interface Row<T> {
  readonly fallback: T
  readonly doc: string
}

/** A whole number between `min` and `max`, both included. */
export function integer(
  env: string,
  row: Row<number> & { min: number; max: number },
): Setting<number> {
  const { min, max } = row
  const takes = `a whole number from ${min} to ${max}`
  const read = (text: string): number => {
    const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= min && value <= max)) throw new RangeError(takes)
    return value
  }
  return { env, ...pick(row), takes, isSecret: false, read, print: String }
}

export function flag(env: string, row: Row<boolean>): Setting<boolean> {
  const takes = 'true or false'
  const read = (text: string): boolean => {
    if (text === 'true' || text === '1') return true
    if (text === 'false' || text === '0') return false
    throw new RangeError(takes)
  }
  return { env, ...pick(row), takes, isSecret: false, read, print: String }
}

/** One of a few words, written exactly. */
export function choice<const W extends string>(
  env: string,
  row: Row<NoInfer<W>> & { words: readonly W[] },
): Setting<W> {
  const takes = `one of ${row.words.join(', ')}`
  const read = (text: string): W => {
    const word = row.words.find((candidate) => candidate === text)
    if (word === undefined) throw new RangeError(takes)
    return word
  }
  return { env, ...pick(row), takes, isSecret: false, read, print: String }
}

/** A text without spaces, such as a host; `null` stands for unset. */
export function word<T extends string | null>(
  env: string,
  row: Row<T> & { takes: string; pattern: RegExp },
): Setting<T | string> {
  const read = (text: string): string => {
    if (!row.pattern.test(text)) throw new RangeError(row.takes)
    return text
  }
  return { env, ...pick(row), takes: row.takes, isSecret: false, read, print: (v) => v ?? '' }
}

/** Words between commas, at least one. */
export function list(
  env: string,
  row: Row<readonly string[]> & { each: string; pattern: RegExp; countMax: number },
): Setting<readonly string[]> {
  const takes = `1 to ${row.countMax} ${row.each}, with commas between`
  const read = (text: string): readonly string[] => {
    const words = text.split(',').map((part) => part.trim())
    if (words.length > row.countMax || !words.every((part) => row.pattern.test(part))) {
      throw new RangeError(takes)
    }
    return words
  }
  return { env, ...pick(row), takes, isSecret: false, read, print: (v) => v.join(',') }
}

/** Whole numbers between `min` and `max`, with commas between. */
export function integers(
  env: string,
  row: Row<readonly number[]> & { each: string; min: number; max: number; countMax: number },
): Setting<readonly number[]> {
  const { each, min, max, countMax } = row
  const takes = `1 to ${countMax} ${each} from ${min} to ${max}, with commas between`
  const read = (text: string): readonly number[] => {
    const values = text
      .split(',')
      .map((part) => (/^\s*\d{1,15}\s*$/.test(part) ? Number(part) : Number.NaN))
    if (values.length > countMax || !values.every((value) => value >= min && value <= max)) {
      throw new RangeError(takes)
    }
    return values
  }
  return { env, ...pick(row), takes, isSecret: false, read, print: (v) => v.join(',') }
}

/** How many, from 1 to `max`; or `auto`, which whoever asks has to work out. */
export function countOrAuto(
  env: string,
  row: Row<number | 'auto'> & { max: number },
): Setting<number | 'auto'> {
  const takes = `a whole number from 1 to ${row.max}, or auto`
  const read = (text: string): number | 'auto' => {
    if (text === 'auto') return 'auto'
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= 1 && value <= row.max)) throw new RangeError(takes)
    return value
  }
  return { env, ...pick(row), takes, isSecret: false, read, print: String }
}

/** How often faster than it was recorded; `max` is as fast as can be. */
export function speed(env: string, row: Row<number | 'max'>): Setting<number | 'max'> {
  const takes = 'a number above 0 and up to 1000000, or max'
  const read = (text: string): number | 'max' => {
    if (text === 'max') return 'max'
    const value = /^\d{1,7}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN
    if (!(value > 0 && value <= 1_000_000)) throw new RangeError(takes)
    return value
  }
  return { env, ...pick(row), takes, isSecret: false, read, print: String }
}

/** A text that is never printed. */
export function secret(
  env: string,
  row: Row<null> & { takes: string; pattern: RegExp },
): Setting<string | null> {
  const print = (value: string | null) => (value === null ? '' : '***')
  return { ...word(env, row), isSecret: true, print }
}

/** URLs of one of the schemes, each perhaps with a password; printing takes that out. */
export function secretUrls(
  env: string,
  row: Row<readonly string[]> & { schemes: readonly string[]; countMax: number },
): Setting<readonly string[]> {
  const schemes = row.schemes.map((scheme) => `${scheme}//`)
  const takes = `a URL that begins with ${schemes.join(' or ')}, or up to ${row.countMax} with commas between`
  // A password may hold a comma.
  const comma = new RegExp(`,(?=\\s*(?:${schemes.join('|')}))`)
  const read = (text: string): readonly string[] => {
    const texts = text.split(comma).map((part) => part.trim())
    const isGood = texts.every((part) => {
      const url = URL.canParse(part) ? new URL(part) : null
      if (url === null || !row.schemes.includes(url.protocol)) return false
      return /^[^,]+$/.test(url.hostname) // a comma is one of a list of mere hosts
    })
    if (!isGood || texts.length > row.countMax) throw new RangeError(takes)
    return texts
  }
  const print = (urls: readonly string[]) => urls.map(redactUrl).join(',')
  return { env, ...pick(row), takes, isSecret: true, read, print }
}

/** The URL with `***` in place of its password and of its query, where a password may hide too. */
export function redactUrl(text: string): string {
  const url = new URL(text)
  if (url.password !== '') url.password = '***'
  if (url.search !== '') url.search = '***'
  return url.href
}

function pick<T>(row: Row<T>): Row<T> {
  return { fallback: row.fallback, doc: row.doc }
}
