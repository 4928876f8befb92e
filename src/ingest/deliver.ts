/**
 * Deliver: one payload into the sink, as one update, as several, or as complaints. @hot
 * Most payloads are the topic's whole record once more: those the sink takes as they are (market/layout.ts).
 * Next:  ingest/intake.ts
 */
import { decode } from './decode.ts'
import type { SourceSink } from './source.ts'

/** Keeps no reference to `payload`. @hot */
export function deliver(sink: SourceSink, topic: string, payload: Buffer): void {
  if (sink.overwrite(topic, payload)) return
  const decoded = decode(payload)
  if (!Array.isArray(decoded)) {
    if (typeof decoded === 'string') sink.malformed(decoded, topic)
    else sink.update(topic, decoded, payload)
    return
  }
  for (let i = 0; i < decoded.length; i++) {
    const entry = decoded[i]!
    if (typeof entry === 'string') sink.malformed(entry, topic)
    else sink.update(topic, entry)
  }
}
