/**
 * Until: how long something took to become so, by asking again and again.
 */
import { setTimeout as sleep } from 'node:timers/promises'

export interface Patience {
  readonly everyMs: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** Ms from now until it was so; null when that took longer, or was interrupted. */
export async function until(isSo: () => Promise<boolean>, patience: Patience) {
  const { everyMs, timeoutMs, signal } = patience
  const beganMs = performance.now()
  while (performance.now() - beganMs < timeoutMs && !signal.aborted) {
    if (await isSo()) return performance.now() - beganMs
    await sleep(everyMs)
  }
  return null
}
