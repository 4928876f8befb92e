/**
 * Witness: a server with the simulator, and a well-behaved client on it that must go on receiving whatever others do.
 */
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { Client } from './client.ts'
import { eventually } from './eventually.ts'
import type { Env } from './program.ts'
import { type ServerProcess, serveProcess } from './serve.ts'

/** Registers the hooks of a test file; the function it returns gives the server. */
export function witnessed(env: Env = {}): () => ServerProcess {
  let server: ServerProcess
  let witness: Client

  beforeAll(async () => {
    server = await serveProcess(env)
    witness = await Client.connect(server.url)
    await witness.subscribe(['ticker:*'], { mode: 'delta' })
  })

  afterEach(async () => {
    const before = witness.frameCount
    await eventually(() => witness.frameCount > before)
    expect(witness.violations).toEqual([])
    expect(witness.closed).toBeNull()
  })

  afterAll(async () => {
    await server?.stop()
  })

  return () => server
}
