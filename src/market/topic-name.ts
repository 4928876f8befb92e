/**
 * Topic names: the one place that knows how they are written.
 * `<channel>:<key>`, such as `ticker:BTC-USD` or `ticker:binance:BTC-USDT`: a lower-case channel, then a key of
 * printable ASCII without spaces, quotes, backslashes or stars. So a name stands in JSON and in a URL path segment
 * as it is, and `*` is free to mean "every topic of the channel".
 */

export const TOPIC_CHARS_MAX = 160

const NAME = /^([a-z][a-z0-9_.-]{0,31}):([!#-)+-[\]-~]{1,127})$/
const EVERY_KEY = /^([a-z][a-z0-9_.-]{0,31}):\*$/

/** What a client may subscribe to: one topic, or all topics of a channel (`key` is then null). */
export interface Selector {
  readonly text: string
  readonly channel: string
  readonly key: string | null
}

/** The channel of a well-formed topic name, or null where the name is not one. */
export function channelOf(name: string): string | null {
  return NAME.exec(name)?.[1] ?? null
}

/** Reads a topic name or `channel:*`; null where it is neither. */
export function parseSelector(text: string): Selector | null {
  const one = NAME.exec(text)
  if (one !== null) return { text, channel: one[1]!, key: one[2]! }
  const every = EVERY_KEY.exec(text)
  return every === null ? null : { text, channel: every[1]!, key: null }
}
