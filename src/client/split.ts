/**
 * Split: names into as many requests as the server's limits make necessary, which is one as a rule.
 */
import type { Limits } from '../protocol/messages.ts'

/** What a request has beside its topics: id, method, settings. */
const FRAME_BYTES = 256
/** What a name has beside its characters, in either dialect. */
const NAME_BYTES = 3

const encoder = new TextEncoder()

/** The names, in their order, in lists that fit one request each. A name that fits none is alone. */
export function split(names: readonly string[], limits: Limits): string[][] {
  const bytesMax = limits.requestBytes - FRAME_BYTES
  const lists: string[][] = []
  let list: string[] = []
  let bytes = 0
  for (const name of names) {
    const own = encoder.encode(JSON.stringify(name)).length + NAME_BYTES
    if (list.length > 0 && (bytes + own > bytesMax || list.length >= limits.subscriptions)) {
      lists.push(list)
      list = []
      bytes = 0
    }
    list.push(name)
    bytes += own
  }
  if (list.length > 0) lists.push(list)
  return lists
}
