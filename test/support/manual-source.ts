/**
 * A source that a test drives by hand. Keeps the Source contract (test/contract/manual-source.test.ts).
 */

import type { Source, SourceSink } from '../../src/ingest/source.ts'
import type { Update } from '../../src/market/record.ts'

export class ManualSource implements Source {
  readonly name = 'simulator'
  private sink: SourceSink | null = null

  async start(sink: SourceSink): Promise<void> {
    this.sink = sink
    sink.beginReload()
    sink.up()
  }

  async stop(): Promise<void> {
    this.sink = null
  }

  /** Delivers one update, as if it had just come in. */
  update(topic: string, update: Update): void {
    this.sink?.update(topic, update)
  }

  down(why: string): void {
    this.sink?.down(why)
  }

  /** Back after down(), with the records that are stored. */
  up(stored: Record<string, Update> = {}): void {
    this.sink?.beginReload()
    for (const topic in stored) this.sink?.stored(topic, stored[topic]!)
    this.sink?.up()
  }
}
