/**
 * An outlet that takes everything and keeps nothing, for measuring what comes before it.
 */
import { SENT, type SendOutcome } from '../../src/fanout/outlet.ts'
import { FakeOutlet } from '../../test/support/fake-outlet.ts'

class BlackHole extends FakeOutlet {
  override send(): SendOutcome {
    return SENT
  }
}

export function blackHole(): FakeOutlet {
  return new BlackHole()
}
