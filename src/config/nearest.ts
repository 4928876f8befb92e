/**
 * Nearest: what somebody probably meant by a word that is not known.
 */
import { closest, distance } from 'fastest-levenshtein'

/** The known word nearest to `text`, or null where none is near enough to be a slip of the fingers. */
export function nearest(text: string, known: readonly string[]): string | null {
  if (known.length === 0) return null
  const found = closest(text, known)
  return distance(text, found) <= Math.max(2, Math.floor(text.length / 3)) ? found : null
}

/** The clause to put behind a refusal: ` (did you mean X?)`, or nothing. */
export function suggestion(text: string, known: readonly string[]): string {
  const found = nearest(text, known)
  return found === null ? '' : ` (did you mean ${found}?)`
}
