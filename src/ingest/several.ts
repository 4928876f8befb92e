/**
 * Several: sources that are one: each breaks, comes back and reloads by itself. For topics that are spread over several
 * independent Redis.
 */
import type { Source, SourceName, SourceSink } from './source.ts'

export class Several implements Source {
  readonly name: SourceName
  private readonly sources: readonly Source[]

  /** At least one source, each with topics of its own. */
  constructor(sources: readonly [Source, ...Source[]]) {
    this.name = sources[0].name
    this.sources = sources
  }

  async start(sink: SourceSink): Promise<void> {
    // All are known before the first is up: the feed is not up before the last.
    const parts = this.sources.map((source) => ({ source, sink: sink.part() }))
    for (const part of parts) await part.source.start(part.sink)
  }

  async stop(): Promise<void> {
    await Promise.all(this.sources.map((source) => source.stop()))
  }
}
