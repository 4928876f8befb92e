/**
 * Reload: which fields came in since a source began to make good what it missed. Pure.
 * Each source has its own: what another one says meanwhile is neither newer nor older than what this one has stored.
 */
import type { Update } from './record.ts'
import type { Topic } from './topic.ts'

export class Reload {
  private readonly touched = new Map<Topic, Set<string>>()

  /** The names of the fields of the topic that came in, removed ones included; undefined if none did. */
  fieldsOf(topic: Topic): ReadonlySet<string> | undefined {
    return this.touched.get(topic)
  }

  touch(topic: Topic, update: Update): void {
    let names = this.touched.get(topic)
    if (names === undefined) {
      names = new Set()
      this.touched.set(topic, names)
    }
    for (const name in update) names.add(name)
  }
}
