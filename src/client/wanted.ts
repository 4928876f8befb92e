/**
 * Wanted: which handles want which names, whatever connection there is. A name is a topic or `channel:*`.
 */
import type { Handle } from './handle.ts'
import { channelOf } from './records.ts'

export class Wanted {
  private readonly handles = new Map<string, Set<Handle>>()

  add(handle: Handle): void {
    for (const name of handle.topics) {
      const handles = this.handles.get(name)
      if (handles === undefined) this.handles.set(name, new Set([handle]))
      else handles.add(handle)
    }
  }

  remove(handle: Handle): void {
    for (const name of handle.topics) {
      const handles = this.handles.get(name)
      handles?.delete(handle)
      if (handles?.size === 0) this.handles.delete(name)
    }
  }

  has(name: string): boolean {
    return this.handles.has(name)
  }

  /** The handles that want the very name. */
  of(name: string): Iterable<Handle> {
    return this.handles.get(name) ?? []
  }

  names(): Iterable<string> {
    return this.handles.keys()
  }

  /** Whether a handle wants the topic, by its name or its channel. */
  covers(topic: string): boolean {
    return this.has(topic) || this.has(everyOf(topic))
  }

  /** Calls each handle that wants the topic once. */
  each(topic: string, tell: (handle: Handle) => void): void {
    const named = this.handles.get(topic)
    if (named !== undefined) for (const handle of named) tell(handle)
    const all = this.handles.get(everyOf(topic))
    if (all === undefined) return
    for (const handle of all) if (named?.has(handle) !== true) tell(handle)
  }
}

/** `ticker:*` of `ticker:BTC-USD`. */
export function everyOf(topic: string): string {
  return `${channelOf(topic)}:*`
}

export function isChannel(name: string): boolean {
  return name.endsWith(':*')
}
