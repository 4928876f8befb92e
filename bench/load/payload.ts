/**
 * Payload: what a bench publishes. It ends with its mark (which topic, and the topic's how-manieth update it is) and
 * the time at which it was due, so that a receiver finds both in whatever frame it comes, without parsing JSON.
 * Next:  marks.ts
 */
export const TOPIC_DIGITS = 3
export const COUNT_DIGITS = 7
export const MARK_CHARS = TOPIC_DIGITS + 1 + COUNT_DIGITS

export const TOPICS_MAX = 10 ** TOPIC_DIGITS
const COUNT_MAX = 10 ** COUNT_DIGITS - 1

/** `ticker:S000` and so on. */
export function topicNames(count: number): string[] {
  if (!Number.isInteger(count) || count < 1 || count > TOPICS_MAX) {
    throw new Error(`a bench publishes 1 to ${TOPICS_MAX} topics, not ${count}`)
  }
  return Array.from({ length: count }, (_, i) => `ticker:S${digits(i, TOPIC_DIGITS)}`)
}

/** A whole record; `ts` is when it was due, ms since the epoch with a fraction. */
export function payloadOf(topic: number, count: number, ts: number): string {
  const cents = digits((topic * 7919 + count * 31) % 100, 2)
  const book = `"bid":"58721.${cents}","bidSize":"4.20${cents}","ask":"58722.${cents}","askSize":"1.88${cents}"`
  return `{${book},"last":"58721",${markOf(topic, count, ts)}}`
}

/** The two fields that every payload ends with. */
export function markOf(topic: number, count: number, ts: number): string {
  if (count > COUNT_MAX) throw new Error(`a topic has at most ${COUNT_MAX} updates in a run`)
  const mark = `${digits(topic, TOPIC_DIGITS)}-${digits(count, COUNT_DIGITS)}`
  return `"mark":"${mark}","ts":${ts.toFixed(3)}`
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, '0')
}
