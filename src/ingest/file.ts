/**
 * File source: plays a recording as if it happened now.
 * Next:  market/market.ts apply(), through the sink
 */
import { requireFile } from './ndjson.ts'
import type { Speed } from './pacer.ts'
import { type BadLine, play } from './recording.ts'
import type { Source, SourceSink } from './source.ts'
import { TopicTemplate } from './topic-template.ts'

export interface FileSourceOptions {
  /** NDJSON, plain or gzip. */
  readonly path: string
  /** Such as `ticker:{symbol}`. */
  readonly topicTemplate: string
  readonly speed: Speed
  readonly loop: boolean
}

export class FileSource implements Source {
  readonly name = 'file'
  private readonly options: FileSourceOptions
  private readonly template: TopicTemplate
  private readonly ending = new AbortController()
  private playing: Promise<void> = Promise.resolve()

  /** Throws for a template that can make no topic. */
  constructor(options: FileSourceOptions) {
    this.options = options
    this.template = new TopicTemplate(options.topicTemplate)
  }

  /** Throws where the file cannot be opened. */
  async start(sink: SourceSink): Promise<void> {
    await requireFile(this.options.path)
    if (this.ending.signal.aborted) return
    sink.beginReload()
    sink.up()
    this.playing = this.run(sink)
  }

  async stop(): Promise<void> {
    this.ending.abort()
    await this.playing
  }

  /** Nothing comes after the end of the file or a fault in it, and the sink is told so. */
  private async run(sink: SourceSink): Promise<void> {
    const { path, speed, loop } = this.options
    const { template } = this
    const { signal } = this.ending
    const onBadLine = ({ number, reason }: BadLine) => {
      if (signal.aborted) return
      // Without a topic of its own, the line's place is what helps to find it.
      sink.malformed(reason === 'no_topic' ? 'bad_field_value' : reason, `${path}:${number}`)
    }
    try {
      for await (const due of play({ path, template, speed, loop, signal, onBadLine })) {
        for (const { topic, update } of due) sink.update(topic, update)
      }
      if (!signal.aborted) sink.down(`${path} has been played to its end`)
    } catch (error) {
      if (!signal.aborted) sink.down(error instanceof Error ? error.message : String(error))
    }
  }
}
