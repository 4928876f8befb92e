/**
 * Connect error: why a connection could not be opened, and what to do about it, as a sentence.
 */
import { readFileSync } from 'node:fs'

/** Read ahead: when there are too many open files, this one cannot be opened either. */
const OPEN_FILES_MAX = openFilesMax()

/** An error of a socket, explained where there is more to say than its code. */
export function explained(error: Error, url: URL): Error {
  const says = adviceOn((error as NodeJS.ErrnoException).code, url)
  return says === null ? error : new Error(says, { cause: error })
}

function adviceOn(code: string | undefined, { host }: URL): string | null {
  switch (code) {
    case 'EMFILE':
      return `this process may have no more than ${OPEN_FILES_MAX} files and sockets open: raise ulimit -n (EMFILE)`
    case 'ENFILE':
      return 'the system has no room for another open file or socket: raise fs.file-max (ENFILE)'
    case 'EADDRNOTAVAIL':
      return `no local port is left for another connection to ${host}: widen net.ipv4.ip_local_port_range (EADDRNOTAVAIL)`
    case 'ECONNREFUSED':
      return `nothing listens at ${host} (ECONNREFUSED)`
    case 'ECONNRESET':
      return `${host} cut the connection before it was made (ECONNRESET)`
    default:
      return null
  }
}

function openFilesMax(): string {
  const limits = readFileSync('/proc/self/limits', 'utf8')
  return /^Max open files +(\d+)/m.exec(limits)?.[1] ?? 'so many'
}
