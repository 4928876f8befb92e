/**
 * Whole: a source of several parts is up while all of them are. Pure but for the clock that it is handed.
 * What a part had to say is lost while it is down, and a client cannot tell which topics those are.
 */
import type { Feed } from '../market/feed.ts'
import type { IntakeCounters, IntakePorts } from './intake.ts'

export class Whole {
  readonly counters: IntakeCounters
  private readonly feed: Feed
  private readonly ports: IntakePorts
  /** Each part, and whether it is up. The first one counts only until there are others. */
  private readonly parts = new Map<object, boolean>()
  private readonly first: object

  constructor(first: object, counters: IntakeCounters, feed: Feed, ports: IntakePorts) {
    this.first = first
    this.counters = counters
    this.feed = feed
    this.ports = ports
    this.parts.set(first, false)
  }

  join(part: object): void {
    this.parts.delete(this.first)
    this.parts.set(part, false)
    this.settle('another part is needed')
  }

  leave(part: object): void {
    this.parts.delete(part)
    this.settle('no part is left')
  }

  up(part: object): void {
    this.parts.set(part, true)
    this.settle('')
  }

  down(part: object, why: string): void {
    this.parts.set(part, false)
    this.settle(why)
  }

  private settle(why: string): void {
    const { counters, feed, ports } = this
    counters.parts = this.parts.size
    counters.partsUp = [...this.parts.values()].filter((isUp) => isUp).length
    if (counters.parts > 0 && counters.partsUp === counters.parts) {
      feed.up(ports.wallMs())
    } else if (feed.state !== 'down') {
      counters.downs++
      const { parts, partsUp } = counters
      ports.log.warn({ why, parts, partsUp }, 'feed down')
      feed.down(ports.wallMs())
    }
  }
}
