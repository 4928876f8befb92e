/**
 * Eventually: waits for a condition instead of for a time.
 */
import { setTimeout as sleep } from 'node:timers/promises'

const POLL_INTERVAL_MS = 10

/**
 * Calls `check` until it neither throws nor returns `false`, and returns what it returned.
 * Throws after `timeoutMs`, with the last failure as its cause and in its message.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { timeoutMs = 30_000 }: { timeoutMs?: number } = {},
): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs
  for (;;) {
    let failure: unknown
    try {
      const result = await check()
      if (result !== false) return result
      failure = new Error('the condition is still false')
    } catch (error) {
      failure = error
    }
    if (performance.now() >= deadlineMs) {
      const last = failure instanceof Error ? failure.message : String(failure)
      throw new Error(`not within ${timeoutMs} ms: ${last}`, { cause: failure })
    }
    await sleep(POLL_INTERVAL_MS)
  }
}
