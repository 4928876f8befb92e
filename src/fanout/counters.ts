/**
 * What the fan-out counts: plain numbers, which ops/metrics.ts copies when it is asked.
 */
import { DIALECTS } from '../protocol/dialects.ts'
import { Histogram } from './histogram.ts'

const RTT_BOUNDS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000]
const AGE_BOUNDS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000]

export class FanoutCounters {
  /** By position in DIALECTS. */
  readonly sent = DIALECTS.map(() => ({ frames: 0, messages: 0, bytes: 0 }))
  /** Updates that a newer one replaced on a lane before they were sent. */
  superseded = 0
  /** The same while a subscription waited for its interval to end: what the client asked for. */
  paced = 0
  /** Times that a lane had to wait, by why. */
  readonly holds = { socket: 0, credit: 0 }
  /** Round trips of probes. */
  readonly rttMs = new Histogram(RTT_BOUNDS_MS)
  /** How old the value was that a frame begins with: the oldest in it that is not a snapshot. */
  readonly ageMs = new Histogram(AGE_BOUNDS_MS)

  /** How old the value was that a frame of so many lanes begins with. */
  countAge(ageMs: number, lanes: number): void {
    this.ageMs.add(Math.max(0, ageMs), lanes) // the wall clock may step back
  }

  /** A frame was sent to so many lanes. */
  countSent(dialectIndex: number, lanes: number, messages: number, bytes: number): void {
    const sent = this.sent[dialectIndex]!
    sent.frames += lanes
    sent.messages += lanes * messages
    sent.bytes += lanes * bytes
  }
}
