/**
 * Hostile process: garbage, floods, readers that stall, connections that are never finished or vanish; each client does
 * one after the other, again and again. Bounded, so that what it costs the machine is known.
 * Driven by hostile.ts.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { frame, handshake } from '../../test/support/raw-client.ts'
import { answerParent } from './child.ts'
import type { HostileReport, HostileRequest } from './hostile.ts'

/** A client begins no more often than this. */
const PAUSE_MS = 200
/** Whoever is not thrown out goes by itself: later than a handshake may take, and than a client may read nothing. */
const STAY_MS = 15_000
const STALL_MS = 40_000
/** A flooding client writes so many requests, so often. */
const FLOOD_REQUESTS = 100
const FLOOD_MS = 50

const EVERYTHING = { id: 1, method: 'subscribe', params: { topics: ['ticker:*'] } }
const SUBSCRIBE = frame(JSON.stringify(EVERYTHING))

/** What one client does, once connected. It is over when the promise is, or the server has ended the connection. */
const ATTACKS: Readonly<Record<string, (socket: Socket) => Promise<void>>> = {
  async 'garbage before the handshake'(socket) {
    socket.write(randomBytes(2_048))
    await stay()
  },
  async 'half a handshake'(socket) {
    socket.write(handshake('json').slice(0, 60))
    await stay()
  },
  async 'no handshake'() {
    await stay()
  },
  async 'garbage in frames'(socket) {
    await open(socket)
    for (let i = 0; i < 20; i++) socket.write(frame(randomBytes(1 + i * 50)))
    socket.write(frame('{"id":1,"method":"subscribe","params":{"topics":[{}]}}'))
    socket.write(frame('x', { claims: 2 ** 31 }))
    await stay()
  },
  async 'frames that are none'(socket) {
    await open(socket)
    socket.write(randomBytes(512))
    await stay()
  },
  async 'a flood of requests'(socket) {
    await open(socket)
    const requests = Buffer.concat(Array.from({ length: FLOOD_REQUESTS }, () => SUBSCRIBE))
    for (let ms = 0; ms < STAY_MS; ms += FLOOD_MS) {
      if (socket.writable && !socket.writableNeedDrain) socket.write(requests)
      await sleep(FLOOD_MS)
    }
  },
  async 'no reading'(socket) {
    await open(socket)
    socket.write(SUBSCRIBE)
    socket.pause()
    await sleep(STALL_MS)
  },
  async vanishing(socket) {
    await open(socket)
    socket.write(SUBSCRIBE)
    await sleep(PAUSE_MS)
    socket.resetAndDestroy()
  },
}

const attempts: Record<string, number> = {}
let ended = 0

answerParent((request: HostileRequest): HostileReport | undefined => {
  if (request === 'report') return { attempts, ended }
  const port = Number(new URL(request.url).port)
  for (let client = 0; client < request.clients; client++) void attackForEver(port, client)
})

async function attackForEver(port: number, first: number): Promise<never> {
  const names = Object.keys(ATTACKS)
  for (let turn = first; ; turn++) {
    await attackOnce(port, names[turn % names.length]!)
    await sleep(PAUSE_MS)
  }
}

async function attackOnce(port: number, name: string): Promise<void> {
  attempts[name] = (attempts[name] ?? 0) + 1
  const socket = connect({ host: '127.0.0.1', port })
  socket.on('error', () => {}) // a close follows
  // Not by once(), which fails for the error before it.
  const gone = new Promise((resolve) => socket.once('close', () => resolve('gone')))
  const attack = once(socket, 'connect').then(() => ATTACKS[name]!(socket))
  attack.catch(() => {}) // its connection went: the close says so
  if ((await Promise.race([gone, attack])) === 'gone') ended++
  socket.destroy()
  // A flood goes on writing until it sees that nobody is there.
  await attack.catch(() => {})
}

async function open(socket: Socket): Promise<void> {
  socket.write(handshake('json'))
  await once(socket, 'data')
  socket.resume()
}

function stay(): Promise<void> {
  return sleep(STAY_MS)
}
