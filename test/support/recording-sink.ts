/**
 * Recording sink: writes down what a source says, for tests to look at.
 */
import type { MalformedReason } from '../../src/ingest/decode.ts'
import type { PartSink, SourceSink } from '../../src/ingest/source.ts'
import type { Update } from '../../src/market/record.ts'

export type Said =
  | { readonly call: 'update' | 'stored'; readonly topic: string; readonly update: Update }
  | { readonly call: 'malformed'; readonly topic: string; readonly reason: MalformedReason }
  | { readonly call: 'beginReload' | 'up' | 'leave' }
  | { readonly call: 'down'; readonly why: string }

export class RecordingSink implements SourceSink, PartSink {
  readonly said: Said[] = []
  /** What each update looked like when it came. */
  readonly texts: string[] = []

  /** Has everything decoded: its tests are about what a source says. */
  overwrite(): boolean {
    return false
  }

  update(topic: string, update: Update): void {
    this.said.push({ call: 'update', topic, update })
    this.texts.push(JSON.stringify(update))
  }

  stored(topic: string, record: Update): void {
    this.said.push({ call: 'stored', topic, update: record })
  }

  malformed(reason: MalformedReason, topic: string): void {
    this.said.push({ call: 'malformed', topic, reason })
  }

  beginReload(): void {
    this.said.push({ call: 'beginReload' })
  }

  up(): void {
    this.said.push({ call: 'up' })
  }

  down(why: string): void {
    this.said.push({ call: 'down', why })
  }

  /** What parts say stands among the rest. */
  part(): PartSink {
    return this
  }

  leave(): void {
    this.said.push({ call: 'leave' })
  }

  get calls(): string[] {
    return this.said.map(({ call }) => call)
  }

  get updates(): { topic: string; update: Update }[] {
    return this.said.flatMap((said) => (said.call === 'update' ? [said] : []))
  }

  count(call: Said['call']): number {
    return this.said.filter((said) => said.call === call).length
  }
}
