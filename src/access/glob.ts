/**
 * Globs: which topics an entitlement speaks of. Read by hand, without a regular expression of anybody's.
 * Segments stand between colons. `*` is any run of characters without a colon, perhaps none; `**` is the last segment
 * alone and stands for one or more segments. So `ticker:**` is a whole channel, and `**` everything.
 */
import { TOPIC_CHARS_MAX } from '../market/topic-name.ts'

export const STARS_MAX = 8
/** The last segment of a glob: whatever is left. */
const REST = '**'
/** The characters of topic names, and stars. */
const WRITTEN = new RegExp(`^[!#-[\\]-~]{1,${TOPIC_CHARS_MAX}}$`)

export interface Glob {
  /** Of each segment, what stands between its stars: one text where it has none. Without the `**`. */
  readonly segments: readonly (readonly string[])[]
  /** It ended with `**`. */
  readonly isOpen: boolean
}

/** Reads a glob; null where the text is none. */
export function parseGlob(text: string): Glob | null {
  if (!WRITTEN.test(text) || text.split('*').length - 1 > STARS_MAX) return null
  const segments = text.split(':')
  const isOpen = segments.at(-1) === REST
  if (isOpen) segments.pop()
  if (segments.some((segment) => segment.includes(REST))) return null
  return { segments: segments.map((segment) => segment.split('*')), isOpen }
}

/** Whether a glob covers a name, which is given by its segments. Takes no more steps than their lengths multiplied. */
export function covers({ segments, isOpen }: Glob, name: readonly string[]): boolean {
  const { length } = segments
  if (isOpen ? name.length <= length : name.length !== length) return false
  for (let i = 0; i < length; i++) {
    if (!fits(segments[i]!, name[i]!)) return false
  }
  return true
}

/** Whether a glob may cover any topic of a channel. */
export function reaches({ segments, isOpen }: Glob, channel: string): boolean {
  const [first, second] = segments
  if (first === undefined) return isOpen
  if (!fits(first, channel)) return false
  // An empty key is none.
  return isOpen || segments.length > 2 || (second !== undefined && second.join('*') !== '')
}

/** Whether the pieces stand in a text in this order, the first at its beginning and the last at its end. */
function fits(pieces: readonly string[], text: string): boolean {
  const first = pieces[0]!
  const last = pieces.length - 1
  if (last === 0) return text === first
  const end = text.length - pieces[last]!.length
  if (end < first.length || !text.startsWith(first) || !text.endsWith(pieces[last]!)) return false
  let at = first.length
  for (let i = 1; i < last; i++) {
    // The first place where it stands leaves the most to the others.
    const found = text.indexOf(pieces[i]!, at)
    at = found + pieces[i]!.length
    if (found < 0 || at > end) return false
  }
  return true
}
