/**
 * Globs: which topics an entitlement speaks of. Matched as they are written, without a regular expression.
 * Segments stand between colons. `*` is any run of characters without a colon, perhaps none; `**` is the last segment
 * alone and stands for one or more segments. So `ticker:**` is a whole channel, and `**` everything.
 */
import { TOPIC_CHARS_MAX } from '../market/topic-name.ts'

export const STARS_MAX = 8
/** The last segment of a glob: whatever is left. */
const REST = '**'
/** The characters of topic names, and stars. */
const WRITTEN = new RegExp(`^[!#-[\\]-~]{1,${TOPIC_CHARS_MAX}}$`)

/** Whether a text is a glob. */
export function isGlob(text: string): boolean {
  if (!WRITTEN.test(text) || text.split('*').length - 1 > STARS_MAX) return false
  const rest = text.indexOf(REST)
  if (rest < 0) return true
  return rest === text.length - REST.length && (rest === 0 || text[rest - 1] === ':')
}

/** Whether a glob covers a name: at most as many steps as the product of their lengths, however it is written. */
export function covers(glob: string, name: string): boolean {
  let g = 0
  let n = 0
  // The last star of this segment, and where the run that it stands for ends; -1: there is none to go back to.
  let star = -1
  let runEnd = 0
  for (;;) {
    if (glob[g] === '*') {
      if (glob[g + 1] === '*') return true
      star = g++
      runEnd = n
    } else if (g < glob.length && glob[g] === name[n]) {
      // Colons pair off: what a star of an earlier segment stands for is settled.
      if (glob[g] === ':') star = -1
      g++
      n++
    } else if (g === glob.length && n === name.length) {
      return true
    } else {
      if (star < 0 || runEnd >= name.length || name[runEnd] === ':') return false
      n = ++runEnd
      g = star + 1
    }
  }
}

/** Whether a glob may cover any topic of a channel. */
export function reaches(glob: string, channel: string): boolean {
  if (glob === REST) return true
  const colon = glob.indexOf(':')
  return colon > 0 && colon < glob.length - 1 && covers(glob.slice(0, colon), channel)
}
