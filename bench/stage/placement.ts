/**
 * Placement: which cores what runs on. Servers share the first core, and everything else has the others: a stall of the
 * machine hits all servers alike, and the generator takes nothing from them.
 */
import { execFileSync } from 'node:child_process'
import { accessSync, constants, readFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { delimiter, join } from 'node:path'

/** A niceness, as of the system's own urgent work. */
const HURRIED = -10

export interface Placement {
  /** null: there is one core, or no taskset, and nothing is placed. */
  readonly cores: { readonly servers: string; readonly others: string } | null
  /** For the environment block. */
  readonly says: string
  readonly remark: string | null
}

/** Decides it for this machine. */
export function placementOf(isServerElsewhere: boolean): Placement {
  if (isServerElsewhere) {
    return { cores: null, says: 'the server runs elsewhere; nothing was pinned', remark: null }
  }
  const [first, ...rest] = allowedCores()
  if (first === undefined || rest.length === 0 || !isInstalled('taskset')) {
    const says = 'nothing pinned: servers, Redis and generator share all cores'
    return { cores: null, says, remark: `co-located: ${says}` }
  }
  const cores = { servers: `${first}`, others: rest.join(',') }
  const order = mayHurry() ? ', Redis and publisher first' : ''
  const says = `servers on core ${cores.servers}; Redis, publisher and receivers on ${cores.others}${order}`
  const remark = rest.length > 1 ? null : `co-located: generator and Redis share core ${rest[0]}`
  return { cores, says, remark }
}

/** Puts this process, and whatever it starts from now on, beside the servers' core. */
export function stepAside({ cores }: Placement): void {
  if (cores === null) return
  execFileSync('taskset', ['-acp', cores.others, `${process.pid}`], { stdio: 'ignore' })
}

/**
 * Words before a command: it is out of Ctrl-C's reach, ends when this process does, even by SIGKILL; a server gets its
 * core, and Redis goes before the receivers.
 */
export function launcher(placement: Placement, what: 'server' | 'redis'): string[] {
  const words: string[] = []
  if (isInstalled('setsid')) words.push('setsid')
  if (isInstalled('setpriv')) words.push('setpriv', '--pdeathsig', 'KILL')
  const isServer = what === 'server'
  if (isServer && placement.cores !== null) words.push('taskset', '-c', placement.cores.servers)
  if (!isServer && mayHurry()) words.push('nice', '-n', `${HURRIED}`)
  return words
}

/**
 * Has this process go before the receivers, where it may: what is published late is late for all, and a crowd of
 * receivers that shares its core would see to that.
 */
export function hurry(): void {
  if (mayHurry()) setPriority(HURRIED)
}

function mayHurry(): boolean {
  return process.getuid?.() === 0
}

/** Those that this process may use, by number. */
function allowedCores(): number[] {
  const [, list] = /^Cpus_allowed_list:\s+(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))!
  return list!.split(',').flatMap((range) => {
    const [from, to = from] = range.split('-').map(Number)
    return Array.from({ length: to! - from! + 1 }, (_, i) => from! + i)
  })
}

function isInstalled(command: string): boolean {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
