/**
 * Serve: runs the server until a signal: in this process, or in several that this one supervises.
 * Next:  server.ts createServer(), workers/supervisor.ts
 */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { redactUrl } from '../config/kinds.ts'
import { loadConfig } from '../config/load.ts'
import type { Config } from '../config/settings.ts'
import { WORKERS_MAX } from '../config/settings-serving.ts'
import { version } from '../ops/version.ts'
import { type Command, UsageError } from './command.ts'
import { parseOptions, wholeNumber } from './options.ts'
import { onHangup, type Signal, untilSignal } from './signals.ts'

export const serve: Command = {
  summary: 'run the server',
  help: `usage: tickwire serve

Runs the server until SIGTERM or SIGINT. It then sends its clients away over TICKWIRE_DRAIN_MS, and ends; a second
signal ends it at once. With TLS, SIGHUP has the certificate read again. TICKWIRE_WORKERS has several processes serve the
port, supervised by this one. Everything is set by TICKWIRE_* variables: see
docs/configuration.md, and check-config for what is in effect. Exit code 1: the settings are wrong, or the server cannot
start; stderr says why.`,

  async run(args) {
    // For the supervisor alone, so the help does not tell of it.
    const { values, positionals } = parseOptions(args, { worker: { type: 'string' } })
    const worker = wholeNumber('worker', values.worker, [1, WORKERS_MAX])
    if (positionals.length > 0) throw new UsageError(`unexpected argument '${positionals[0]}'`)
    const loaded = loadConfig(process.env, (path) => readFileSync(path, 'utf8'))
    if ('problems' in loaded) {
      process.stderr.write(loaded.problems.map((problem) => `tickwire: ${problem}\n`).join(''))
      return 1
    }
    if (worker !== undefined) return runWorker(worker, loaded.config)
    return run(loaded.config)
  },
}

/** A server, or the supervisor of several. */
interface Running {
  start(): Promise<{ port: number; adminPort: number }>
  stop(): Promise<void>
  reload(): void
}

async function runWorker(worker: number, config: Readonly<Config>): Promise<number> {
  if (process.send === undefined) throw new UsageError('--worker is for tickwire serve itself')
  const { work } = await import('../workers/worker.ts')
  return work(worker, config, async () => (await import('../server.ts')).createServer)
}

async function create(config: Readonly<Config>): Promise<Running> {
  const cores = Math.min(WORKERS_MAX, availableParallelism())
  const workers = config.workers === 'auto' ? cores : config.workers
  if (workers === 1) return (await import('../server.ts')).createServer(config)
  const { Supervisor } = await import('../workers/supervisor.ts')
  const supervisor = new Supervisor(config, workers, process.argv[1]!)
  process.on('exit', () => supervisor.abandon())
  return supervisor
}

async function run(config: Readonly<Config>): Promise<number> {
  const signal = untilSignal()
  let server: Running | null = null
  let ports: { port: number; adminPort: number }
  try {
    const created = await create(config)
    server = created
    // Without TLS there is nothing to read again, and a terminal that is closed ends what runs in it.
    if (config.tlsCert !== null) onHangup(() => created.reload())
    ports = await created.start()
  } catch (error) {
    process.stderr.write(`tickwire: ${error instanceof Error ? error.message : String(error)}\n`)
    await server?.stop()
    return 1
  }
  process.stdout.write(describe(config, ports))
  process.stdout.write(describeDrain(config, await signal))
  await server.stop()
  return 0
}

function describe(config: Readonly<Config>, ports: { port: number; adminPort: number }): string {
  const at = `${bracket(config.host)}:${ports.port}`
  const admin = `${bracket(config.adminHost)}:${ports.adminPort}`
  const s = config.tlsCert === null ? '' : 's'
  return (
    `tickwire ${version()} listening on ws${s}://${at}/ws ` +
    `(HTTP http${s}://${at}/api/v1/ticker, admin http://${admin})\n` +
    `source: ${describeSource(config)}\n`
  )
}

/** Whoever pressed Ctrl-C should not think that it hangs. */
function describeDrain({ drainNoticeMs, drainMs }: Readonly<Config>, signal: Signal): string {
  if (drainNoticeMs + drainMs === 0) return ''
  const notice = drainNoticeMs === 0 ? '' : `in ${drainNoticeMs / 1_000} s, `
  const again = signal === 'SIGINT' ? 'Ctrl-C again' : 'a second signal'
  return `${signal}: ${notice}clients are sent away within ${drainMs / 1_000} s; ${again} ends it at once\n`
}

function describeSource(config: Readonly<Config>): string {
  const { redisUrls } = config
  if (redisUrls.length > 0) {
    const of =
      config.redisSentinels.length > 0 ? `, Sentinels ${config.redisSentinels.join(' ')}` : ''
    const at = redisUrls.map(redactUrl).join(' ')
    const { redisTopics, redisPatterns } = config
    const what =
      redisTopics.length > 0
        ? `${redisTopics.length} topics`
        : `patterns ${redisPatterns.join(' ')}`
    return `Redis${config.redisCluster ? ' Cluster' : ''} at ${at}${of}, ${what}`
  }
  if (config.file !== null) return `file ${config.file} (speed ${config.fileSpeed})`
  return `simulator (${config.simulatorSymbols} symbols); set TICKWIRE_REDIS_URL to read Redis`
}

/** An IPv6 address stands in brackets before a port. */
function bracket(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
