/**
 * Environment: where figures come from, as a result says it.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus, release, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Environment } from '../report/result.ts'
import type { Placement } from './placement.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const PACKAGES = ['uWebSockets.js', 'ioredis', 'msgpackr', 'ws', 'socket.io', 'autocannon'] as const
const CLOCK =
  'ages by one wall clock: the monotonic clock that all processes of the host share, set once by the time of day; ' +
  'from when an update was due, on a schedule that waits for nobody, to when its bytes were read'

export function environmentOf(placement: Placement): Environment {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryMiB: Math.round(totalmem() / 1024 / 1024),
    kernel: release(),
    node: process.version,
    versions: versions(),
    commit: git('rev-parse', '--short', 'HEAD') || 'no commit',
    isChanged: git('status', '--porcelain', '--', 'src', 'bench') !== '',
    limits: limits(),
    clock: CLOCK,
    placement: placement.says,
    startedAt: new Date().toISOString(),
  }
}

function versions(): Record<string, string> {
  const require = createRequire(import.meta.url)
  const found: Record<string, string> = {}
  for (const name of PACKAGES) found[name] = versionOf(require, name)
  const redis = /v=(\S+)/.exec(outputOf('redis-server', '--version'))
  if (redis !== null) found.redis = redis[1]!
  return found
}

/** Some packages do not let their package.json be imported; it is where all are installed. */
function versionOf(require: NodeJS.Require, name: string): string {
  for (const folder of require.resolve.paths(name) ?? []) {
    const text = readText(`${folder}/${name}/package.json`)
    if (text !== '') return (JSON.parse(text) as { version: string }).version
  }
  return 'unknown'
}

function limits(): Record<string, string> {
  const files = /^Max open files\s+(\S+)/m.exec(readText('/proc/self/limits'))?.[1]
  const sysctl = '/proc/sys/net'
  const read = (path: string) => readText(path).trim().replace(/\s+/g, '-')
  const found: Record<string, string> = {
    files: files ?? '',
    ports: read(`${sysctl}/ipv4/ip_local_port_range`),
    somaxconn: read(`${sysctl}/core/somaxconn`),
    governor: read('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'),
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== ''))
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function git(...args: string[]): string {
  return outputOf('git', ...args)
}

function outputOf(command: string, ...args: string[]): string {
  try {
    const stdio = ['ignore', 'pipe', 'ignore'] as const
    return execFileSync(command, args, { cwd: ROOT, encoding: 'utf8', stdio: [...stdio] }).trim()
  } catch {
    return ''
  }
}
