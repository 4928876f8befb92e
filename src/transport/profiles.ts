/**
 * Profiles over HTTP, on the admin port: /profile/cpu?seconds=N and /profile/heap, as Go services have pprof. Whoever may
 * read memory may read tokens and prices in it: switched off by default, then for callers of this machine alone, or with
 * a token.
 */

import type { HttpRequest, HttpResponse, TemplatedApp } from 'uWebSockets.js'
import { timingSafeEqual } from 'node:crypto'
import { readAddress } from './addresses.ts'
import type { TransportCounters } from './counters.ts'
import { begin, sendFault } from './respond.ts'

const SECONDS_DEFAULT = 10
const SECONDS_MAX = 60

export interface ProfilePorts {
  readonly counters: TransportCounters
  /** What makes them, of the worker that ?worker= names; a text says why there is none. null: no profiles are made. */
  readonly profiler: ((worker: string) => Profiler | string) | null
  /** null: callers of this machine need none, and no others are let in. */
  readonly profileToken: string | null
  readonly onError: (error: unknown) => void
}

/** The pieces of a file; null while another profile is being made. */
export type Pieces = AsyncIterable<Uint8Array> | null

export interface Profiler {
  cpu(seconds: number): Promise<Pieces>
  heap(): Promise<Pieces>
}

/** Serves both, where they are made. Call it before whatever answers the rest of the port. */
export function serveProfiles(app: TemplatedApp, ports: ProfilePorts): void {
  if (ports.profiler === null) return
  app.get('/profile/cpu', (res, req) => {
    if (!isAllowed(ports, res, req)) return
    const text = (req.getQuery() && req.getQuery('seconds')) || `${SECONDS_DEFAULT}`
    const seconds = /^\d{1,2}$/.test(text) ? Number(text) : 0
    if (seconds < 1 || seconds > SECONDS_MAX) {
      return sendFault(res, ports.counters, 'bad_request', `seconds must be 1 to ${SECONDS_MAX}`)
    }
    const profiler = profilerOf(ports, res, req)
    if (profiler !== null) void answer(ports, res, 'tickwire.cpuprofile', profiler.cpu(seconds))
  })
  app.get('/profile/heap', (res, req) => {
    if (!isAllowed(ports, res, req)) return
    const profiler = profilerOf(ports, res, req)
    if (profiler !== null) void answer(ports, res, 'tickwire.heapsnapshot', profiler.heap())
  })
}

/** null where the caller has been told that there is none. */
function profilerOf(
  { profiler, counters }: ProfilePorts,
  res: HttpResponse,
  req: HttpRequest,
): Profiler | null {
  const worker = (req.getQuery() && req.getQuery('worker')) || ''
  const found = profiler?.(worker) ?? 'no profiles are made'
  if (typeof found !== 'string') return found
  sendFault(res, counters, 'bad_request', found)
  return null
}

function isAllowed(ports: ProfilePorts, res: HttpResponse, req: HttpRequest): boolean {
  const { profileToken: token, counters } = ports
  if (token !== null) {
    const isRight = isSame(req.getHeader('authorization'), `Bearer ${token}`)
    if (!isRight) sendFault(res, counters, 'auth_required')
    return isRight
  }
  const isHere = isLoopback(Buffer.from(res.getRemoteAddressAsText()).toString())
  if (!isHere) sendFault(res, counters, 'auth_required', 'but for callers on this machine')
  return isHere
}

/** Whether a socket's address is of this machine. */
export function isLoopback(text: string): boolean {
  const address = readAddress(text) ?? ''
  return address === '::1' || address.startsWith('127.')
}

/** Compares in a time that does not tell how much of it was right. */
function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Answers with a file, piece by piece, as fast as the caller reads. */
async function answer(
  ports: ProfilePorts,
  res: HttpResponse,
  name: string,
  profile: Promise<Pieces>,
): Promise<void> {
  const { counters, onError } = ports
  let isGone = false
  let proceed = () => {}
  res.onAborted(() => {
    isGone = true
    proceed()
  })
  res.onWritable(() => {
    proceed()
    return true
  })
  try {
    const pieces = await profile
    if (pieces === null) {
      if (!isGone) sendFault(res, counters, 'server_busy', 'another profile is being made')
      return
    }
    let isBegun = false
    for await (const piece of pieces) {
      if (isGone) return
      let hasRoom = true
      res.cork(() => {
        if (!isBegun) begin(res, counters, 200, headersOf(name))
        isBegun = true
        hasRoom = res.write(piece)
      })
      if (!hasRoom) {
        await new Promise<void>((resolve) => {
          proceed = resolve
        })
      }
    }
    if (!isGone) res.cork(() => res.end())
  } catch (error) {
    onError(error)
    if (!isGone) res.close()
  }
}

function headersOf(name: string) {
  return {
    'Content-Type': 'application/json',
    'Content-Disposition': `attachment; filename="${name}"`,
  }
}
