/**
 * The real outlet keeps the Outlet contract, on a real socket with package ws at the other end, with either kind of
 * probes in either dialect.
 */
import { unpack } from 'msgpackr'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { DROPPED, NO_PROBE } from '../../src/fanout/outlet.ts'
import type { Dialect } from '../../src/protocol/dialect.ts'
import { jsonDialect } from '../../src/protocol/json.ts'
import type { ProbeKind } from '../../src/protocol/messages.ts'
import { msgpackDialect } from '../../src/protocol/msgpack.ts'
import { SessionCounters } from '../../src/session/counters.ts'
import { Listener } from '../../src/transport/listener.ts'
import { BACKPRESSURE_BYTES_MAX, probeNumberOf, SocketOutlet } from '../../src/transport/outlet.ts'
import { eventually } from '../support/eventually.ts'
import { type OutletPeer, type OutletRig, outletContract } from './outlet.ts'

/** What a socket carries; uWebSockets.js copies the fields onto the socket. */
interface Carried {
  readonly probes: ProbeKind
  readonly dialect: Dialect
  outlet: SocketOutlet | null
  readonly answers: number[]
}

const listener = new Listener()
const counters = new SessionCounters()
const opened: { outlet: SocketOutlet; answers: number[] }[] = []
const peers: SocketPeer[] = []
let closedCount = 0
let url = ''

beforeAll(async () => {
  listener.app.ws<Carried>('/ws', {
    maxBackpressure: BACKPRESSURE_BYTES_MAX,
    closeOnBackpressureLimit: false,
    idleTimeout: 120,
    upgrade: (res, req, context) => {
      const key = req.getHeader('sec-websocket-key')
      const probes = req.getQuery('probe') as ProbeKind
      const dialect = req.getQuery('dialect') === 'json' ? jsonDialect : msgpackDialect
      res.upgrade<Carried>({ probes, dialect, outlet: null, answers: [] }, key, '', '', context)
    },
    open: (ws) => {
      const { probes, dialect, answers } = ws.getUserData()
      // The contract's frames are bytes, whatever the dialect.
      const written = { isBinary: true, encode: dialect.encode }
      const outlet = new SocketOutlet(ws, 'test', written, probes, counters)
      ws.getUserData().outlet = outlet
      opened.push({ outlet, answers })
    },
    message: (ws, message) => {
      ws.getUserData().answers.push(Buffer.from(message).readUInt32BE())
    },
    pong: (ws, message) => {
      ws.getUserData().answers.push(probeNumberOf(message))
    },
    close: (ws) => {
      closedCount++
      ws.getUserData().outlet!.closed()
    },
  })
  const port = await listener.listen({ host: '127.0.0.1', port: 0, isShared: false })
  url = `ws://127.0.0.1:${port}/ws`
})

afterEach(() => {
  for (const peer of peers.splice(0)) peer.socket.terminate()
})

afterAll(() => listener.close())

class SocketPeer implements OutletPeer {
  readonly socket: WebSocket
  readonly frames: Uint8Array[] = []
  closeCode: number | null = null

  constructor(probes: ProbeKind, dialect: 'json' | 'msgpack') {
    this.socket = new WebSocket(`${url}?probe=${probes}&dialect=${dialect}`)
    this.socket.on('message', (data: Buffer) => {
      const number = probeIn(data)
      if (number === null) this.frames.push(data)
      else this.acknowledge(number)
    })
    this.socket.on('close', (code) => {
      this.closeCode = code
    })
  }

  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  private acknowledge(number: number): void {
    const answer = Buffer.alloc(4)
    answer.writeUInt32BE(number)
    this.socket.send(answer)
  }
}

/** The number of a probe that is a message; null for any other frame. The contract's own frames are no messages. */
function probeIn(data: Buffer): number | null {
  if (data.length > 100) return null
  const isJson = data[0] === '['.charCodeAt(0) && data[1] === '{'.charCodeAt(0)
  const isMsgpack = data[0] === 0x91 && data[1] === 0x82
  if (!isJson && !isMsgpack) return null
  const [{ type, number }] = isJson ? JSON.parse(data.toString()) : unpack(data)
  expect(type).toBe('probe')
  return number
}

async function connect(
  probes: ProbeKind = 'ping',
  dialect: 'json' | 'msgpack' = 'json',
): Promise<OutletRig & { peer: SocketPeer }> {
  const peer = new SocketPeer(probes, dialect)
  peers.push(peer)
  await eventually(() => opened.length === 1 && peer.socket.readyState === WebSocket.OPEN)
  const { outlet, answers } = opened.pop()!
  return { outlet, peer, answers: () => answers, limitBytes: BACKPRESSURE_BYTES_MAX }
}

outletContract('SocketOutlet', () => connect())
outletContract('SocketOutlet with probes as json messages', () => connect('message', 'json'))
outletContract('SocketOutlet with probes as msgpack messages', () => connect('message', 'msgpack'))

test('a peer that vanished: nothing is sent, nothing throws', async () => {
  const { outlet, peer } = await connect()
  const before = closedCount
  peer.socket.terminate()
  await eventually(() => closedCount === before + 1)
  expect(outlet.send(new Uint8Array(10), NO_PROBE)).toBe(DROPPED)
  expect(outlet.backlogBytes()).toBe(0)
  outlet.close('slow_reader')
})

test('a close frame that would have no room any more is not waited for', async () => {
  const { outlet, peer } = await connect()
  const before = closedCount
  peer.pause()
  let count = 0
  while (outlet.send(new Uint8Array(12 * 1024), NO_PROBE) !== DROPPED) count++
  outlet.close('slow_reader')
  expect(closedCount).toBe(before + 1)
  peer.resume()
  await eventually(() => peer.closeCode !== null)
  expect(peer.closeCode).toBe(1006)
  // Nor is the backlog, which would have cost its memory for as long as the peer liked.
  expect(peer.frames.length).toBeLessThan(count)
})

test('counts each close once, by its fault', async () => {
  const { outlet } = await connect()
  const before = counters.faults.bad_requests
  outlet.close('bad_requests')
  outlet.close('bad_requests')
  expect(counters.faults.bad_requests).toBe(before + 1)
})
