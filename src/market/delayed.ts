/**
 * Delayed: a market that shows another one as it was some time ago. Pure; time comes in as an argument.
 * Holds: nothing is to be seen sooner than `delayMs` after it came in, whatever happens: whoever reads this view is not
 *        licensed for more. The view's versions are the live market's own, and only rise. Memory is bounded.
 * Once a step, each topic that has changed is copied into a ring, and from there, when it is old enough, into the view.
 * That costs the live market nothing: nobody has to note which topics change. The topics have their turn one after
 * the other, spread over the step, so that a hundred thousand of them make no pause.
 * The ring is filled at no more than a rate (a token bucket): where that is not enough, a step takes longer, and the
 * view's readers get fewer versions of each topic, but still the newest there is.
 */
import { DelayRing } from './delay-ring.ts'
import type { Market } from './market.ts'
import type { Topic } from './topic.ts'

/** A step is so much of the delay, */
const STEPS_A_DELAY = 1_000
/** but not less than this. */
const STEP_MS_MIN = 100
/**
 * So much of the memory is for bursts, the rest for the rate that is sustained: after a quiet time, this much is
 * copied at full pace.
 */
const BURST_SHARE = 0.25

export class Delayed {
  /** What readers see. */
  readonly view: Market
  /** What may be on its way, but for one record. */
  readonly bytesMax: number
  private readonly live: Market
  private readonly mark: (topic: Topic) => void
  private readonly ring = new DelayRing()
  /** By the place in `live.held`: the version that was copied last. */
  private readonly copied: number[] = []
  private readonly baseStepMs: number
  private readonly burstBytes: number
  private readonly bytesPerMs: number
  /** What may be copied now; below 0 by a record at most. */
  private tokenBytes: number
  /** How many topics are to be looked at by now; a fraction is kept. */
  private due = 0
  /** The topic that is next, as its place in `live.held`. */
  private next = 0
  private nowMs: number
  private roundSinceMs: number
  private lastRoundMs: number

  /**
   * Has `view` follow `live` at a distance of `view.delayMs`, with at most `bytesMax` on its way, but for one record.
   * `mark` is told of each topic of the view that has a new version.
   */
  constructor(
    live: Market,
    view: Market,
    bytesMax: number,
    nowMs: number,
    mark: (topic: Topic) => void,
  ) {
    this.live = live
    this.view = view
    this.mark = mark
    this.bytesMax = bytesMax
    this.baseStepMs = Math.max(STEP_MS_MIN, view.delayMs / STEPS_A_DELAY)
    this.burstBytes = bytesMax * BURST_SHARE
    this.bytesPerMs = (bytesMax - this.burstBytes) / view.delayMs
    this.tokenBytes = this.burstBytes
    this.nowMs = nowMs
    this.roundSinceMs = nowMs
    this.lastRoundMs = this.baseStepMs
  }

  /** What is on its way, with ENTRY_BYTES for each record. */
  get bytes(): number {
    return this.ring.bytes
  }

  /** How long it takes at present until a topic has its turn again. */
  get stepMs(): number {
    return Math.max(this.lastRoundMs, this.nowMs - this.roundSinceMs)
  }

  /** Shows what is old enough, and copies what has changed. Call it often; `nowMs` is of a clock that never steps. */
  tick(nowMs: number): void {
    this.release(nowMs)
    this.copy(nowMs)
  }

  private release(nowMs: number): void {
    const { ring, live, view } = this
    while (nowMs - ring.oldestAtMs >= view.delayMs) {
      const { topic, record, version, asOfMs } = ring.shift()
      this.mark(view.adopt(live.held[topic]!.name, record, version, asOfMs))
    }
  }

  private copy(nowMs: number): void {
    const { held } = this.live
    const elapsedMs = nowMs - this.nowMs
    this.nowMs = nowMs
    this.tokenBytes = Math.min(this.burstBytes, this.tokenBytes + elapsedMs * this.bytesPerMs)
    this.due = Math.min(held.length, this.due + (held.length * elapsedMs) / this.baseStepMs)
    while (this.due >= 1 && this.tokenBytes > 0) {
      this.due--
      if (this.next === held.length) this.beginRound()
      this.copyOne(held[this.next]!, this.next)
      this.next++
    }
  }

  private beginRound(): void {
    this.next = 0
    this.lastRoundMs = this.nowMs - this.roundSinceMs
    this.roundSinceMs = this.nowMs
  }

  private copyOne(topic: Topic, index: number): void {
    const { version, asOfMs } = topic
    if (this.copied[index] === version) return
    this.copied[index] = version
    const record = topic.json ?? JSON.stringify(topic.fields)
    this.tokenBytes -= this.ring.push(this.nowMs, index, version, asOfMs, record)
  }
}
