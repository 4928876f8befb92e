/**
 * An outlet that takes everything and keeps nothing, for measuring what comes before it.
 */
import type { Lane } from '../../src/fanout/lane.ts'
import { NO_PROBE, SENT, type SendOutcome } from '../../src/fanout/outlet.ts'
import { FakeOutlet } from '../../test/support/fake-outlet.ts'
import type { Fanout } from '../../test/support/fanout.ts'

export class BlackHole extends FakeOutlet {
  private probed = NO_PROBE

  override send(_bytes: Uint8Array, probe: number): SendOutcome {
    if (probe !== NO_PROBE) this.probed = probe
    return SENT
  }

  override probe(number: number): void {
    this.probed = number
  }

  /** Answers the last probe. */
  answer(fanout: Fanout, lane: Lane): void {
    if (this.probed === NO_PROBE) return
    fanout.flush.answered(lane, this.probed)
    this.probed = NO_PROBE
  }
}
