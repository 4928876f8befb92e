/**
 * Markets: the live one, and the views of it that are delayed. Pure; time comes in as an argument.
 */
import { Delayed } from './delayed.ts'
import { Market } from './market.ts'
import type { Topic } from './topic.ts'
import { TopicIds } from './topic-ids.ts'

export interface MarketsSettings {
  readonly maxTopics: number
  /** Without one nothing is kept, and nothing costs anything. */
  readonly delaysMs: readonly number[]
  /** What each of the delays may keep. */
  readonly delayBytesMax: number
}

export class Markets {
  readonly live: Market
  /** The shortest delay first. */
  readonly delayed: readonly Delayed[]
  /** The live one, then the views. No two of their topics have the same id. */
  readonly all: readonly Market[]

  /** `mark` is told of each topic of a view that has a new version; `nowMs` as for tick(). */
  constructor(settings: MarketsSettings, nowMs: number, mark: (topic: Topic) => void) {
    const { maxTopics, delaysMs, delayBytesMax } = settings
    const ids = new TopicIds()
    const live = new Market(maxTopics, 0, ids)
    const delays = [...new Set(delaysMs)].sort((a, b) => a - b)
    this.live = live
    this.delayed = delays.map((delayMs) => {
      const view = new Market(maxTopics, delayMs, ids)
      return new Delayed(live, view, delayBytesMax, nowMs, mark)
    })
    this.all = [live, ...this.delayed.map(({ view }) => view)]
  }

  /** The freshest market whose values are at least so old; null where none is kept. */
  of(delayMs: number): Market | null {
    return this.all.find((market) => market.delayMs >= delayMs) ?? null
  }

  /** Moves the views on. Call it often where there are any; `nowMs` is of a clock that never steps. */
  tick(nowMs: number): void {
    for (const delayed of this.delayed) delayed.tick(nowMs)
  }

  /** A flush is over: what changes from now on belongs to the next one. */
  endTurn(): void {
    for (const market of this.all) market.turn++
  }
}
