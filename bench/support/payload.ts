/**
 * Payload: what a bench publishes, and how a receiver finds it again in whatever frame it comes.
 * A payload ends with its mark (which topic, and the topic's how-manieth update it is) and the time at which it was
 * due, all at fixed places: 100,000 messages a second and more are read without parsing JSON.
 */
const TOPIC_DIGITS = 3
const COUNT_DIGITS = 7
const TS = '","ts":'

export const TOPICS_MAX = 10 ** TOPIC_DIGITS

/** `ticker:S000` and so on. */
export function topicNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `ticker:S${digits(i, TOPIC_DIGITS)}`)
}

/** Which of topicNames() it is. */
export function topicIndex(name: string): number {
  return Number(name.slice(-TOPIC_DIGITS))
}

/** A whole record; `ts` is when it was due, ms since the epoch with a fraction. */
export function payloadOf(topic: number, count: number, ts: number): string {
  const cents = digits((topic * 7919 + count * 31) % 100, 2)
  const book = `"bid":"58721.${cents}","bidSize":"4.20${cents}","ask":"58722.${cents}","askSize":"1.88${cents}"`
  const mark = `${digits(topic, TOPIC_DIGITS)}-${digits(count, COUNT_DIGITS)}`
  return `{${book},"last":"58721","mark":"${mark}","ts":${ts.toFixed(3)}}`
}

/** Calls `visit` for each payload in a text, in their order. */
export function eachPayload(
  text: string,
  visit: (topic: number, count: number, ts: number) => void,
): void {
  for (let at = text.indexOf(TS); at !== -1; at = text.indexOf(TS, at + TS.length)) {
    const countAt = at - COUNT_DIGITS
    const topicAt = countAt - 1 - TOPIC_DIGITS
    const tsAt = at + TS.length
    const ts = Number(text.slice(tsAt, text.indexOf('}', tsAt)))
    visit(numberAt(text, topicAt, TOPIC_DIGITS), numberAt(text, countAt, COUNT_DIGITS), ts)
  }
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, '0')
}

function numberAt(text: string, from: number, width: number): number {
  let value = 0
  for (let i = from; i < from + width; i++) value = value * 10 + text.charCodeAt(i) - 48
  return value
}
