/**
 * Serve: runs the server until a signal.
 * Next:  server.ts createServer()
 */
import { readFileSync } from 'node:fs'
import { redactUrl } from '../config/kinds.ts'
import { loadConfig } from '../config/load.ts'
import type { Config } from '../config/settings.ts'
import { version } from '../ops/version.ts'
import type { Server } from '../server.ts'
import { type Command, UsageError } from './command.ts'
import { parseOptions } from './options.ts'
import { onHangup, type Signal, untilSignal } from './signals.ts'

export const serve: Command = {
  summary: 'run the server',
  help: `usage: tickwire serve

Runs the server until SIGTERM or SIGINT. It then sends its clients away over TICKWIRE_DRAIN_MS, and ends; a second
signal ends it at once. With TLS, SIGHUP has the certificate read again. Everything is set by TICKWIRE_* variables: see
docs/configuration.md, and check-config for what is in effect. Exit code 1: the settings are wrong, or the server cannot
start; stderr says why.`,

  async run(args) {
    const { positionals } = parseOptions(args, {})
    if (positionals.length > 0) throw new UsageError(`unexpected argument '${positionals[0]}'`)
    const loaded = loadConfig(process.env, (path) => readFileSync(path, 'utf8'))
    if ('problems' in loaded) {
      process.stderr.write(loaded.problems.map((problem) => `tickwire: ${problem}\n`).join(''))
      return 1
    }
    return runServer(loaded.config)
  },
}

async function runServer(config: Readonly<Config>): Promise<number> {
  const signal = untilSignal()
  const { createServer } = await import('../server.ts')
  let server: Server | null = null
  let ports: { port: number; adminPort: number }
  try {
    const created = createServer(config)
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
