/**
 * A real server in this process, on free ports, fed by hand.
 */
import { loadConfig } from '../../src/config/load.ts'
import { createServer, type Server } from '../../src/server.ts'
import { ManualSource } from './manual-source.ts'

export interface TestServer {
  /** Where WebSockets connect: `ws://host:port`. */
  readonly url: string
  /** The public port: `http://host:port`. */
  readonly http: string
  /** The admin port: `http://host:port`. */
  readonly admin: string
  readonly port: number
  readonly source: ManualSource
  readonly server: Server
  stop(): Promise<void>
}

/** A server with these `TICKWIRE_*` settings that does not run yet. */
export function makeServer(
  env: Record<string, string> = {},
  source: ManualSource = new ManualSource(),
): Server {
  const loaded = loadConfig({
    TICKWIRE_PORT: '0',
    TICKWIRE_ADMIN_PORT: '0',
    TICKWIRE_LOG_LEVEL: 'silent',
    ...env,
  })
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'))
  return createServer(loaded.config, { source })
}

/** Starts one. Whoever starts it stops it. */
export async function startServer(
  env: Record<string, string> = {},
  source: ManualSource = new ManualSource(),
): Promise<TestServer> {
  const server = makeServer(env, source)
  const { port, adminPort } = await server.start()
  return {
    url: `ws://127.0.0.1:${port}`,
    http: `http://127.0.0.1:${port}`,
    admin: `http://127.0.0.1:${adminPort}`,
    port,
    source,
    server,
    stop: () => server.stop(),
  }
}
