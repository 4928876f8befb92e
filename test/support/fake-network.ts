/**
 * A network without sockets: the browser's WebSocket interface at one end, real sessions at the other. Nothing moves
 * before a test says so: connections open, frames travel, and servers come and go step by step.
 * Next:  fake-server.ts
 */
import type { Verifier } from '../../src/access/identity.ts'
import type { WebSocketLike } from '../../src/client/socket.ts'
import { DIALECTS } from '../../src/protocol/dialects.ts'
import type { Limits, ProbeKind } from '../../src/protocol/messages.ts'
import { PROBE_BYTES } from '../../src/transport/outlet.ts'
import { FakeEnd, FakeServer } from './fake-server.ts'
import type { ManualTime } from './manual-time.ts'

export class FakeSocket implements WebSocketLike {
  binaryType = 'blob'
  onmessage: WebSocketLike['onmessage'] = null
  onclose: WebSocketLike['onclose'] = null
  onerror: WebSocketLike['onerror'] = null
  state: 'connecting' | 'open' | 'closed' = 'connecting'
  readonly url: URL
  end: FakeEnd | null = null
  /** The way is broken and neither side knows. */
  isSilent = false
  private readonly network: FakeNetwork
  private readonly protocols: string[]
  /** What it sent and the server has not read. */
  private readonly sent: Uint8Array[] = []

  constructor(network: FakeNetwork, url: string, protocols: string[]) {
    this.network = network
    this.url = new URL(url)
    this.protocols = protocols
    network.sockets.add(this)
  }

  send(data: string | Uint8Array): void {
    if (this.state === 'open') this.sent.push(Buffer.from(data))
  }

  close(): void {
    this.vanish(null)
  }

  /** One step of the way: it opens, or what was sent arrives at the server. */
  up(): void {
    const { server } = this.network
    if (this.state === 'connecting') {
      if (server === null) return this.vanish({ code: 1006, reason: '' })
      const dialect = DIALECTS.find(({ subprotocol }) => this.protocols.includes(subprotocol))
      const probes = this.url.searchParams.get('probe') as ProbeKind
      this.state = 'open'
      this.end = new FakeEnd(server, dialect!, probes, this.network.kernelBytes)
    }
    const { end } = this
    if (end === null || this.isSilent) return
    for (const bytes of this.sent.splice(0)) {
      if (end.outlet.closeCode === null) end.session.receive(bytes, end.dialect.isBinary)
    }
  }

  /** Reads the next frame; behind the last one, the close. Returns false where nothing is to be read. */
  down(): boolean {
    const { end } = this
    if (this.state !== 'open' || end === null || this.isSilent) return false
    const frame = end.outlet.read()
    for (const number of end.outlet.probes.splice(0)) end.session.answered(number, PROBE_BYTES)
    if (frame !== null) {
      const data = end.dialect.isBinary ? Uint8Array.from(frame).buffer : `${Buffer.from(frame)}`
      this.onmessage?.({ data })
      return true
    }
    if (end.outlet.closeCode === null) return false
    this.vanish({ code: end.outlet.closeCode, reason: end.outlet.reason })
    return true
  }

  /** The connection is gone, with all that was on its way. */
  vanish(event: { code: number; reason: string } | null): void {
    if (this.state === 'closed') return
    this.state = 'closed'
    this.network.sockets.delete(this)
    if (!this.isSilent) this.end?.end()
    if (event !== null) this.onclose?.(event)
  }
}

export class FakeNetwork {
  /** Where connections lead to; null: nothing listens. */
  server: FakeServer | null
  /** Those that go away, and still have connections. */
  readonly leaving = new Set<FakeServer>()
  readonly sockets = new Set<FakeSocket>()
  kernelBytes = 40_000
  /** Whom servers that are started ask whose a token is; null: none is needed. */
  verifier: Verifier | null = null
  readonly WebSocket: new (
    url: string,
    protocols: string[],
  ) => FakeSocket
  private readonly time: ManualTime
  private runs = 0

  constructor(time: ManualTime) {
    this.time = time
    this.server = this.start()
    const network = this
    this.WebSocket = class extends FakeSocket {
      constructor(url: string, protocols: string[]) {
        super(network, url, protocols)
      }
    }
  }

  /** Starts a server in place of whatever was there. */
  start(limits?: Limits): FakeServer {
    this.server = new FakeServer(`run-${++this.runs}`, this.time, limits, this.verifier)
    return this.server
  }

  /** All servers that run. */
  get servers(): FakeServer[] {
    return [...this.leaving, ...(this.server === null ? [] : [this.server])]
  }

  /** Another server takes over new connections, fed by the same source; the one before says that it goes away. */
  roll(reconnectMs?: readonly [number, number]): FakeServer {
    const before = this.server
    const server = this.start()
    if (before === null) return server
    server.learnFrom(before)
    this.leaving.add(before)
    before.goaway(reconnectMs)
    return server
  }

  /** What is published reaches all servers, each in its own time. */
  publish(...update: Parameters<FakeServer['update']>): void {
    for (const server of this.servers) server.update(...update)
  }

  /** Those that go away are gone. */
  retire(): void {
    for (const server of this.leaving) server.stop()
    this.leaving.clear()
  }

  /** The servers are gone, and their connections with them. */
  crash(): void {
    this.server = null
    this.leaving.clear()
    for (const socket of [...this.sockets]) {
      if (!socket.isSilent) socket.vanish({ code: 1006, reason: '' })
    }
  }

  /** Everything that can move moves: so a round trip is two of them. */
  move(): boolean {
    let hasMoved = false
    for (const socket of [...this.sockets]) {
      socket.up()
      while (socket.down()) hasMoved = true
    }
    return hasMoved
  }

  /** Time passes for everybody. */
  pass(ms: number): void {
    for (const server of this.servers) server.pass(ms)
    this.time.pass(ms)
  }
}
