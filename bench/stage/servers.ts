/**
 * Servers: what is measured, each as a process of its own on free loopback ports, or one that runs elsewhere.
 */
import { fileURLToPath } from 'node:url'
import compile from '../../test/support/build.ts'
import type { ControlName, Side } from '../scenario/scenario.ts'
import { type Metrics, metricsAt } from './metrics.ts'
import { launcher, type Placement } from './placement.ts'
import { Program, type Usage } from './program.ts'

/** A server as a round sees it. */
export interface Server {
  /** Where clients connect, path included. */
  readonly url: string
  /** null: it is a control, or nobody said where. */
  readonly admin: string | null
  /** null: it runs elsewhere. */
  readonly program: Program | null
  /** CPU and memory; null where they cannot be had. */
  usage(): Promise<Usage | null>
  /** tickwire's own account; null where there is none. */
  metrics(): Promise<Metrics | null>
  /** Safe to call twice. */
  stop(): Promise<void>
}

export interface Ground {
  /** The folder of the compiled src. */
  readonly folder: string
  readonly redisUrl: string
  readonly placement: Placement
  readonly onCrash: (error: Error) => void
  /** Have the server listen for a debugger, which can have it collect its garbage. */
  readonly isInspected?: boolean
}

/** Above all that a bench asks for: refusing is not what is measured. */
const UNLIMITED = {
  TICKWIRE_MAX_CONNECTIONS: '1000000',
  TICKWIRE_MAX_SUBSCRIPTIONS: '100000',
  TICKWIRE_ACCEPTS_PER_S: '0',
} as const

const SCRIPTS: Readonly<Record<ControlName, URL>> = {
  'raw-uws': new URL('../control/raw-uws.ts', import.meta.url),
  ws: new URL('../control/ws.ts', import.meta.url),
  'socket.io': new URL('../control/socket-io.ts', import.meta.url),
}

/** Compiles src; returns the folder, and what removes it. */
export async function build(): Promise<{ folder: string; remove: () => Promise<void> }> {
  let folder = ''
  const project = {
    provide(_name: string, value: string) {
      folder = value
    },
  }
  // provide() is all that it uses of vitest's project.
  const remove = await compile(project as unknown as Parameters<typeof compile>[0])
  return { folder, remove }
}

export function serve(side: Side, ground: Ground): Promise<Server> {
  return side.server === 'tickwire' ? serveTickwire(side, ground) : serveControl(side, ground)
}

async function serveTickwire(side: Side, ground: Ground): Promise<Server> {
  const [program, [, url, admin]] = await Program.start({
    name: side.name,
    command: [...node(ground), `${ground.folder}/dist/main.js`, 'serve'],
    env: {
      ...UNLIMITED,
      TICKWIRE_PORT: '0',
      TICKWIRE_ADMIN_PORT: '0',
      TICKWIRE_LOG_LEVEL: 'error',
      TICKWIRE_REDIS_URL: ground.redisUrl,
      ...side.settings,
    },
    ready: /listening on (ws:\S+) .*admin (http:[^\s)]+)/,
    onCrash: ground.onCrash,
  })
  const metrics = () => metricsAt(admin!).catch(() => null)
  return { ...ofProgram(program), url: url!, admin: admin!, metrics }
}

async function serveControl(side: Side, ground: Ground): Promise<Server> {
  const script = fileURLToPath(SCRIPTS[side.server as ControlName])
  const [program, [, port]] = await Program.start({
    name: side.name,
    command: [...node(ground), '--import', 'tsx', script, ground.redisUrl],
    env: {},
    ready: /listening on (\d+)/,
    onCrash: ground.onCrash,
  })
  const url = `ws://127.0.0.1:${port}/ws`
  return { ...ofProgram(program), url, admin: null, metrics: async () => null }
}

/** A tickwire that runs already; what it takes is known by its metrics alone. */
export function serverElsewhere(url: string, admin: string | null): Server {
  const metrics = async () => (admin === null ? null : metricsAt(admin))
  const usage = async () => {
    const found = await metrics()
    if (found === null) return null
    const { process_cpu_seconds_total: cpuS, process_resident_memory_bytes: rssBytes } = found
    return cpuS === undefined || rssBytes === undefined ? null : { cpuUs: cpuS * 1e6, rssBytes }
  }
  return { url, admin, program: null, usage, metrics, stop: async () => {} }
}

function node({ placement, isInspected }: Ground): string[] {
  const inspect = isInspected === true ? ['--inspect=127.0.0.1:0'] : []
  return [...launcher(placement, 'server'), process.execPath, ...inspect]
}

function ofProgram(program: Program) {
  return { program, usage: () => program.usage(), stop: () => program.stop() }
}
