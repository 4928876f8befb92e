/**
 * Collect garbage: has a server that was started with --inspect do so, as a debugger would.
 */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { Program } from './program.ts'

const START_TIMEOUT_MS = 5_000

/** Resolves when it has. */
export async function collectGarbage(program: Program): Promise<void> {
  const [, url] = await program.said(/Debugger listening on (ws:\S+)/, START_TIMEOUT_MS)
  const debug = new WebSocket(url!)
  await once(debug, 'open')
  debug.send(JSON.stringify({ id: 1, method: 'HeapProfiler.collectGarbage' }))
  await once(debug, 'message')
  debug.close()
  await once(debug, 'close')
}
