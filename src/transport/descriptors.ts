/**
 * Descriptors: sockets are cut off before the process runs out of file descriptors.
 * uWebSockets.js takes a socket that it has no descriptor for as a reason to try again at once, for ever: a whole core,
 * for as long as the socket waits. And whatever else wants a file, Redis or a certificate, would get none.
 */

import type { HttpResponse, TemplatedApp } from 'uWebSockets.js'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import type { TransportCounters } from './counters.ts'

/** Kept free of sockets of clients: Redis with its reconnects, the admin port, files. */
const OWN = 32
/** For sockets that are no WebSocket yet, or no more: handshakes, HTTP, closed ones whose client has not answered. */
const PASSING = 32

/** The process's soft limit of open files. Node has raised it to the hard one. */
export function filesMax(): number {
  const [, soft] = /^Max open files\s+(\w+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
  return soft === undefined || soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft)
}

/** How many WebSockets there are descriptors for beside what is open now; at least 1. */
export function socketsMax(filesMax: number): number {
  if (filesMax === Number.POSITIVE_INFINITY) return filesMax
  return Math.max(1, filesMax - readdirSync('/proc/self/fd').length - OWN - PASSING)
}

/**
 * Counts the sockets that the app accepts, and closes those at once that leave too few descriptors. An app can have
 * one such watch: the next one would be called with a socket that is gone.
 */
export function watchSockets(
  app: TemplatedApp,
  filesMax: number,
  counters: TransportCounters,
  onCut: () => void,
): void {
  const onChange = (res: HttpResponse, change: number): void => {
    if (change < 0) {
      // Of a socket that became a WebSocket nothing is said here, neither then nor at its end.
      counters.socketsClosed++
      return
    }
    counters.socketsAccepted++
    if (nextDescriptor() < filesMax - OWN) return
    counters.socketsCut++
    onCut()
    res.close()
  }
  app.filter(onChange)
}

/**
 * The number that the next file gets: the least that is free, so all below it are in use. It tells in 5 us what no
 * count of ours could: closed WebSockets keep theirs for seconds, unseen.
 */
function nextDescriptor(): number {
  try {
    const descriptor = openSync('/dev/null', 'r')
    closeSync(descriptor)
    return descriptor
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
