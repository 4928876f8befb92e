/**
 * Stall: makes this page a slow reader, as one with too much to do would be: each update costs it busy script, so that
 * it can read no more than 250 a second, and everything else on the page waits meanwhile.
 */

const COST_MS = 4
/**
 * It grows as slow as that over this time. A reader that is twenty times slower from one moment to the next has first to
 * read what was on its way to a fast one: up to 32 KiB, for a second and more.
 */
const GROWTH_MS = 6_000

export class Stall {
  /** What has been wasted, in ms. */
  spentMs = 0
  private sinceMs: number | null = null

  set isOn(isOn: boolean) {
    this.sinceMs = isOn ? performance.now() : null
  }

  /** Called for each update. */
  spend(): void {
    if (this.sinceMs === null) return
    const startMs = performance.now()
    const costMs = COST_MS * Math.min(1, (startMs - this.sinceMs) / GROWTH_MS)
    let nowMs = startMs
    while (nowMs - startMs < costMs) nowMs = performance.now()
    this.spentMs += nowMs - startMs
  }
}
