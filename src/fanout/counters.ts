/**
 * What the fan-out counts: plain numbers, which ops/metrics.ts copies when it is asked.
 */
import { DIALECTS } from '../protocol/dialects.ts'

export class FanoutCounters {
  /** By position in DIALECTS. */
  readonly sent = DIALECTS.map(() => ({ frames: 0, messages: 0, bytes: 0 }))
  /** Updates that a newer one replaced on a lane before they were sent. */
  superseded = 0
  /** Times that a lane had to wait for its socket. */
  holds = 0
}
