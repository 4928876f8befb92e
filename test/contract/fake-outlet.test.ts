/**
 * The tests' own outlet keeps the Outlet contract, so that what is proven with it holds of the real one.
 */
import { FakeOutlet } from '../support/fake-outlet.ts'
import { type OutletPeer, outletContract } from './outlet.ts'

/** Reads whenever somebody looks, unless it is paused. */
class Reader implements OutletPeer {
  private readonly outlet: FakeOutlet
  private readonly taken: Uint8Array[] = []
  private isPaused = false

  constructor(outlet: FakeOutlet) {
    this.outlet = outlet
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  get frames(): readonly Uint8Array[] {
    while (!this.isPaused) {
      const frame = this.outlet.read()
      if (frame === null) break
      this.taken.push(frame)
    }
    return this.taken
  }

  get closeCode(): number | null {
    return this.outlet.closeCode
  }
}

outletContract('FakeOutlet', async () => {
  const limitBytes = 100_000
  const outlet = new FakeOutlet({ limitBytes })
  const peer = new Reader(outlet)
  const answers = () => {
    void peer.frames
    return outlet.probes
  }
  return { outlet, peer, answers, limitBytes }
})
