/**
 * Servers: what is measured, each as a process of its own on free loopback ports.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import compile from '../../test/support/build.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const START_TIMEOUT_MS = 20_000

export interface MeasuredServer {
  readonly name: string
  readonly port: number
  readonly pid: number
  /** What the process has in memory. */
  rssBytes(): Promise<number>
  /** CPU time of the process so far. */
  cpuMs(): Promise<number>
  /** Safe to call twice. */
  stop(): Promise<void>
}

export interface Tickwire extends MeasuredServer {
  /** A scrape, by name and labels as they stand in the text. */
  metrics(): Promise<Readonly<Record<string, number>>>
  /** One metric, 0 where it is not there. */
  metric(name: string): Promise<number>
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

export async function serveTickwire(
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<Tickwire> {
  const all = {
    TICKWIRE_PORT: '0',
    TICKWIRE_ADMIN_PORT: '0',
    TICKWIRE_LOG_LEVEL: 'warn',
    ...env,
  }
  const ports = /ws:\/\/127\.0\.0\.1:(\d+)\/ws .*admin (http:\/\/127\.0\.0\.1:\d+)/
  const command = [`${folder}/dist/main.js`, 'serve']
  const { match, ...server } = await serve('tickwire', command, all, ports)
  const metrics = () => scrape(match[2]!)
  return { ...server, metrics, metric: async (name) => (await metrics())[name] ?? 0 }
}

export async function serveRawUws(redisUrl: string): Promise<MeasuredServer> {
  const script = fileURLToPath(new URL('../control/raw-uws.ts', import.meta.url))
  const command = ['--import', 'tsx', script, redisUrl]
  const { match: _, ...server } = await serve('raw-uws', command, {}, /listening on (\d+)/)
  return server
}

async function serve(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  ready: RegExp,
): Promise<MeasuredServer & { match: RegExpExecArray }> {
  const { PATH } = process.env
  const stdio = ['ignore', 'pipe', 'inherit'] as const
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { PATH, ...env },
    stdio: [...stdio],
  })
  const atExit = () => void child.kill('SIGKILL')
  process.once('exit', atExit)
  child.once('exit', () => process.removeListener('exit', atExit))
  try {
    const match = await said(child, name, ready)
    const pid = child.pid! // it has said something, so it runs
    return {
      name,
      port: Number(match[1]),
      pid,
      match,
      rssBytes: async () => Number(/^VmRSS:\s+(\d+)/m.exec(await proc(pid, 'status'))![1]) * 1024,
      cpuMs: async () => cpuMsOf(await proc(pid, 'stat')),
      stop: () => end(child),
    }
  } catch (error) {
    await end(child)
    throw error
  }
}

async function said(child: ChildProcess, name: string, ready: RegExp): Promise<RegExpExecArray> {
  let output = ''
  const signal = AbortSignal.timeout(START_TIMEOUT_MS)
  const failed = once(child, 'exit', { signal }).then(() => {
    throw new Error(`${name} ended at once`)
  })
  failed.catch(() => {}) // it ends some day
  for (;;) {
    const [text] = await Promise.race([once(child.stdout!, 'data', { signal }), failed])
    output += text
    const match = ready.exec(output)
    if (match !== null) return match
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

function proc(pid: number, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, 'utf8')
}

/** Fields 14 and 15, user and system, in ticks of 10 ms; the name before them may hold spaces. */
function cpuMsOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

async function scrape(admin: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${admin}/metrics`)).text()
  const lines = text.split('\n').filter((line) => !/^(#|$)/.test(line))
  return Object.fromEntries(
    lines.map((line) => {
      const space = line.lastIndexOf(' ')
      return [line.slice(0, space), Number(line.slice(space + 1))]
    }),
  )
}
