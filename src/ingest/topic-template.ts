/**
 * Topic template: makes a recorded update's topic of its own fields, as `ticker:{venue}:{symbol}` does. Pure.
 */
import type { Update } from '../market/record.ts'
import { channelOf } from '../market/topic-name.ts'

/** The topic, or what is missing or wrong. */
export type Named = { readonly topic: string } | { readonly problem: string }

export class TopicTemplate {
  readonly text: string
  /** Texts and field names in turn, a text first and last. */
  private readonly parts: readonly string[]

  /** Throws for braces that do not pair up, and where no field could make a topic of the text. */
  constructor(text: string) {
    this.text = text
    this.parts = text.split(/\{([^{}]+)\}/)
    const texts = this.parts.filter((_, i) => i % 2 === 0)
    if (texts.some((part) => /[{}]/.test(part))) {
      throw new Error(`the topic template '${text}' has braces that do not enclose a field's name`)
    }
    if (channelOf(this.parts.map((part, i) => (i % 2 === 0 ? part : 'X')).join('')) === null) {
      throw new Error(`the topic template '${text}' makes no topic such as ticker:BTC-USD`)
    }
  }

  name(update: Update): Named {
    const { parts } = this
    let topic = parts[0]!
    for (let i = 1; i < parts.length; i += 2) {
      const field = parts[i]!
      const value = Object.hasOwn(update, field) ? update[field] : undefined
      if ((typeof value !== 'string' && typeof value !== 'number') || value === '') {
        return { problem: `the field '${field}', which the topic needs, is missing or empty` }
      }
      topic += value + parts[i + 1]!
    }
    return channelOf(topic) === null ? { problem: `'${topic}' is no topic name` } : { topic }
  }
}
