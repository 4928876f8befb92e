/**
 * A real redis-server for one test file: own process, free loopback port, nothing on disk but in a folder of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { eventually } from './eventually.ts'

export interface TestRedis {
  readonly url: string
  readonly port: number
  /** Sends one command over a connection of its own and returns the reply; rejects with Redis's error. */
  command(name: string, ...args: (string | Buffer | number)[]): Promise<unknown>
  /** The same for commands of this URL's user. */
  as(url: string): TestRedis['command']
  /** Ends the server, however it is doing. Safe to call twice. */
  stop(): Promise<void>
  /** The server vanishes without a word (SIGKILL), and its data with it, but for what was saved (SAVE). */
  kill(): Promise<void>
  /** Ends the server if need be and starts it anew on the same port, with what was saved. */
  restart(): Promise<void>
  /** The server hangs: connections stay open, nothing is answered (SIGSTOP). */
  pause(): void
  resume(): void
}

export interface TestRedisOptions {
  /** Needed by clients; part of `url`. */
  readonly password?: string
  /** The path of a configuration file. */
  readonly config?: string
  /** Further arguments of redis-server, such as `['--maxclients', '10']`. */
  readonly args?: readonly string[]
  /** Words before `redis-server`: a command that becomes it. */
  readonly launcher?: readonly string[]
}

/** Starts a redis-server and waits until it answers. */
export async function startRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  const { password, launcher = [] } = options
  const port = await freePort()
  const url = `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  if (password !== undefined) args.push('--requirepass', password)
  args.push(...(options.args ?? []))
  const config = options.config === undefined ? [] : [options.config]
  const words = [...launcher, 'redis-server', ...config, ...args]

  // Replicas save what they are sent, and what lies where it starts a server loads.
  const folder = await mkdtemp(join(tmpdir(), 'tickwire-redis-'))
  let server = await launch(words, url, folder)
  const kill = () => end(server)
  return {
    url,
    port,
    command: (name, ...rest) => command(url, name, rest),
    as:
      (other) =>
      (name, ...rest) =>
        command(other, name, rest),
    stop: async () => {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
    kill,
    restart: async () => {
      await end(server)
      server = await launch(words, url, folder)
    },
    pause: () => void server.kill('SIGSTOP'),
    resume: () => void server.kill('SIGCONT'),
  }
}

/**
 * A loopback port that was free a moment ago. It is below those that the system gives to whoever asks for any: servers
 * that are started again on their port would find it taken otherwise, now and then.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const probe = createServer().listen(port, '127.0.0.1')
    try {
      await once(probe, 'listening')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') continue
      throw error
    }
    probe.close()
    await once(probe, 'close')
    return port
  }
}

async function launch(
  [file, ...args]: readonly string[],
  url: string,
  cwd: string,
): Promise<ChildProcess> {
  const server = spawn(file!, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  server.stdout.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-4096)
  })
  const failed = new Promise<never>((_, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'ENOENT' ? 'is not on PATH: run `npm run setup`' : cause.message
      reject(new Error(`redis-server ${why}`, { cause }))
    })
    server.once('exit', () => reject(new Error(`redis-server ended:\n${output}`)))
  })
  failed.catch(() => {}) // it ends some day, and that is no failure once it has answered
  const atExit = () => void server.kill('SIGKILL')
  process.once('exit', atExit)
  server.once('exit', () => process.removeListener('exit', atExit))
  await Promise.race([failed, eventually(() => command(url, 'ping', []))])
  return server
}

/** SIGKILL also ends a process that SIGSTOP has stopped. */
async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  server.kill('SIGKILL')
  await once(server, 'exit')
}

async function command(
  url: string,
  name: string,
  args: readonly (string | Buffer | number)[],
): Promise<unknown> {
  const client = new Redis(url, { retryStrategy: () => null, enableReadyCheck: false })
  let broken: Error | undefined
  client.on('error', (error: Error) => {
    broken = error
  })
  try {
    return await client.call(name, ...args)
  } catch (error) {
    throw broken ?? error
  } finally {
    client.disconnect()
  }
}
