/**
 * Serve: tickwire servers for tests, on free loopback ports, as a process or in this one.
 */
import { readFile } from 'node:fs/promises'
import { loadConfig } from '../../src/config/load.ts'
import { createServer, type Server, type ServerOptions } from '../../src/server.ts'
import { eventually } from './eventually.ts'
import { type Env, Program, tickwire } from './program.ts'

const TEST_ENV: Env = {
  TICKWIRE_PORT: '0',
  TICKWIRE_ADMIN_PORT: '0',
  TICKWIRE_LOG_LEVEL: 'silent',
  TICKWIRE_DRAIN_MS: '0',
}

const PORTS = /listening on ws(s?):\/\/127\.0\.0\.1:(\d+)\/ws .*admin http:\/\/127\.0\.0\.1:(\d+)/

export interface Served {
  readonly port: number
  /** `ws://127.0.0.1:PORT`, as Client.connect takes it; `wss:` with TLS. */
  readonly url: string
  /** `http://127.0.0.1:PORT`; `https:` with TLS. */
  readonly http: string
  readonly admin: string
  /** Ends it, however it is doing. Safe to call twice. */
  stop(): Promise<void>
}

export interface ServerProcess extends Served {
  readonly program: Program
  /** What the process has in memory. */
  rssBytes(): Promise<number>
}

/** A server process of its own: the build's `serve`, or another command that serves. */
export async function serveProcess(env: Env, command?: readonly string[]): Promise<ServerProcess> {
  const all = { ...TEST_ENV, ...env }
  const program = command === undefined ? tickwire(['serve'], all) : new Program(command, all)
  try {
    const [, s, port, adminPort] = await eventually(() => {
      const ports = PORTS.exec(program.stdout)
      if (ports !== null || program.hasEnded) return ports ?? [] // an early end needs no waiting
      throw new Error('the server has not said its ports')
    })
    if (port === undefined) throw new Error(`the server ended at once: ${program.stderr}`)
    return {
      ...addresses(Number(port), Number(adminPort), s === 's'),
      program,
      rssBytes: () => rssBytes(program.pid),
      stop: () => program.stop(),
    }
  } catch (error) {
    await program.stop()
    throw error
  }
}

/** A server in this process that does not run yet. */
export function makeServer(env: Env, options: ServerOptions = {}): Server {
  const loaded = loadConfig({ ...TEST_ENV, ...env })
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'))
  return createServer(loaded.config, options)
}

/** A server in this process, for what cannot be seen from outside of it. */
export async function serveHere(env: Env, options: ServerOptions = {}): Promise<Served> {
  const server = makeServer(env, options)
  const { port, adminPort } = await server.start()
  const isSecure = env.TICKWIRE_TLS_CERT !== undefined
  return { ...addresses(port, adminPort, isSecure), stop: () => server.stop() }
}

/** All metrics by name and labels as they stand in the text, such as `tickwire_malformed_total{reason="empty"}`. */
export async function metricsOf({ admin }: Served): Promise<Record<string, number>> {
  const response = await fetch(`${admin}/metrics`)
  const lines = (await response.text()).split('\n').filter((line) => !/^(#|$)/.test(line))
  return Object.fromEntries(
    lines.map((line) => {
      const space = line.lastIndexOf(' ')
      return [line.slice(0, space), Number(line.slice(space + 1))]
    }),
  )
}

/** One metric, 0 where it is not there yet. */
export async function metricOf(server: Served, name: string): Promise<number> {
  return (await metricsOf(server))[name] ?? 0
}

function addresses(port: number, adminPort: number, isSecure: boolean) {
  const s = isSecure ? 's' : ''
  return {
    port,
    url: `ws${s}://127.0.0.1:${port}`,
    http: `http${s}://127.0.0.1:${port}`,
    admin: `http://127.0.0.1:${adminPort}`,
  }
}

async function rssBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) * 1024
}
