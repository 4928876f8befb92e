/**
 * The real outlet keeps the Outlet contract, on a real socket with package ws at the other end.
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { DROPPED, NO_PROBE } from '../../src/fanout/outlet.ts'
import { SessionCounters } from '../../src/session/counters.ts'
import { Listener } from '../../src/transport/listener.ts'
import { BACKPRESSURE_BYTES_MAX, probeNumberOf, SocketOutlet } from '../../src/transport/outlet.ts'
import { eventually } from '../support/eventually.ts'
import { type OutletPeer, type OutletRig, outletContract } from './outlet.ts'

/** What a socket carries; uWebSockets.js copies the fields onto the socket. */
interface Carried {
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
      res.upgrade<Carried>({ outlet: null, answers: [] }, key, '', '', context)
    },
    open: (ws) => {
      const outlet = new SocketOutlet(ws, 'test', true, counters)
      ws.getUserData().outlet = outlet
      opened.push({ outlet, answers: ws.getUserData().answers })
    },
    pong: (ws, message) => {
      ws.getUserData().answers.push(probeNumberOf(message))
    },
    close: (ws) => {
      closedCount++
      ws.getUserData().outlet!.closed()
    },
  })
  url = `ws://127.0.0.1:${await listener.listen('127.0.0.1', 0)}/ws`
})

afterEach(() => {
  for (const peer of peers.splice(0)) peer.socket.terminate()
})

afterAll(() => listener.close())

class SocketPeer implements OutletPeer {
  readonly socket = new WebSocket(url)
  readonly frames: Uint8Array[] = []
  closeCode: number | null = null

  constructor() {
    this.socket.on('message', (data: Buffer) => this.frames.push(data))
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
}

async function connect(): Promise<OutletRig & { peer: SocketPeer }> {
  const peer = new SocketPeer()
  peers.push(peer)
  await eventually(() => opened.length === 1 && peer.socket.readyState === WebSocket.OPEN)
  const { outlet, answers } = opened.pop()!
  return { outlet, peer, answers: () => answers, limitBytes: BACKPRESSURE_BYTES_MAX }
}

outletContract('SocketOutlet', connect)

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
