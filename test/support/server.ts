/**
 * A real server in this process, on free ports, fed by hand.
 */
import { ManualSource } from './manual-source.ts'
import type { Env } from './program.ts'
import { type Served, serveHere } from './serve.ts'

export interface TestServer extends Served {
  readonly source: ManualSource
}

/** Starts one. Whoever starts it stops it. */
export async function startServer(
  env: Env = {},
  source: ManualSource = new ManualSource(),
): Promise<TestServer> {
  return { ...(await serveHere(env, { source })), source }
}
