/**
 * Worker: one of several processes on the port for clients, as it sees itself: a server that its supervisor starts,
 * asks and ends. Signals are the supervisor's alone: a terminal sends them to the whole group.
 */
import type { Config } from '../config/settings.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { AdminPorts } from '../transport/admin.ts'
import { Answering } from './answering.ts'
import { type FromWorker, serializable, type ToWorker } from './messages.ts'

/** What a worker needs of a server. */
export interface Served {
  readonly admin: AdminPorts & { readonly metrics: Metrics }
  start(): Promise<unknown>
  stop(noticeMs?: number): Promise<void>
  reload(): void
}

export type MakeServer = (config: Readonly<Config>, options: { readonly worker: number }) => Served

/** Serves until the supervisor says stop, or is gone; returns the exit code. */
export async function work(
  worker: number,
  config: Readonly<Config>,
  load: () => Promise<MakeServer>,
): Promise<number> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})
  const say = (message: FromWorker) => {
    // The supervisor may have gone meanwhile, which `disconnect` tells.
    if (process.connected) process.send?.(serializable(message), undefined, undefined, () => {})
  }
  let server: Served | null = null
  return new Promise<number>((resolve) => {
    const end = async (noticeMs?: number) => {
      await server?.stop(noticeMs)
      resolve(0)
    }
    const start = async (makeServer: MakeServer, workers: number, port: number) => {
      try {
        server = makeServer(shareOf(config, workers, port), { worker })
        const answering = new Answering(server.admin, say)
        process.on('message', (message: ToWorker) => {
          if (message.type === 'ask') answering.answer(message.id, message.question)
          if (message.type === 'reload') server?.reload()
        })
        await server.start()
        say({ type: 'started' })
      } catch (error) {
        say({ type: 'failed', why: error instanceof Error ? error.message : String(error) })
        await server?.stop()
        resolve(1)
      }
    }
    // Without a supervisor there is no admin port either, by which a balancer could notice: so at once.
    process.on('disconnect', () => void end(0))
    void load().then((makeServer) => {
      process.on('message', (message: ToWorker) => {
        if (message.type === 'start') void start(makeServer, message.workers, message.port)
        if (message.type === 'stop') void end()
      })
      say({ type: 'loaded' })
      if (!process.connected) void end(0)
    })
  })
}

/** The settings of one of so many: what is limited for all of them is divided. */
function shareOf(config: Readonly<Config>, workers: number, port: number): Readonly<Config> {
  return {
    ...config,
    port,
    sharePort: true,
    maxConnections: Math.ceil(config.maxConnections / workers),
    acceptsPerS: Math.ceil(config.acceptsPerS / workers),
  }
}
