/**
 * A session over a market and fan-out without sockets, timers or a clock. Closing its outlet ends it, as the transport
 * sees to with the real one.
 */
import { pack } from 'msgpackr'
import { Feed } from '../../src/market/feed.ts'
import type { FaultName } from '../../src/protocol/faults.ts'
import { jsonDialect } from '../../src/protocol/json.ts'
import type { Limits, ProbeKind } from '../../src/protocol/messages.ts'
import { msgpackDialect } from '../../src/protocol/msgpack.ts'
import type { AuthHost } from '../../src/session/authentication.ts'
import { SessionCounters } from '../../src/session/counters.ts'
import { Session, type SessionHost } from '../../src/session/session.ts'
import { authOff } from './auth-off.ts'
import { FakeOutlet } from './fake-outlet.ts'
import { CREDIT, FakePeer, Fanout } from './fanout.ts'
import type { AnyMessage } from './state.ts'

export const LIMITS: Limits = {
  subscriptions: 4,
  requestBytes: 1_000,
  requestsPerS: 10,
  requestsBurst: 20,
  requestBytesPerS: 100_000,
  authTimeoutMs: 10_000,
}

/** Ends the session within close(), and notes what is sent when there is nobody left. */
class EndingOutlet extends FakeOutlet {
  onClose: () => void = () => {}
  sentAfterClose = 0

  override send(bytes: Uint8Array, probe: number) {
    if (this.closeCode !== null) this.sentAfterClose++
    return super.send(bytes, probe)
  }

  override close(fault: FaultName): void {
    if (this.closeCode !== null) return
    super.close(fault)
    this.onClose()
  }
}

export interface TestSessionOptions {
  readonly limits?: Partial<Limits>
  readonly fanout?: Fanout
  readonly dialect?: 'json' | 'msgpack'
  readonly probes?: ProbeKind
  readonly auth?: Partial<Omit<AuthHost, 'limits'>>
}

export class TestSession {
  readonly fanout: Fanout
  readonly counters = new SessionCounters()
  readonly peer: FakePeer
  readonly outlet = new EndingOutlet()
  readonly session: Session
  private nextId = 1

  constructor({ limits, fanout = new Fanout(), ...options }: TestSessionOptions = {}) {
    const { dialect = 'json', probes = 'ping', auth } = options
    this.fanout = fanout
    const { markets, registry, flush } = fanout
    const host: SessionHost = {
      server: 'a1b2c3d4',
      source: 'redis',
      limits: { ...LIMITS, ...limits },
      heartbeatMs: 5_000,
      markets,
      feed: new Feed(5_000, 0, () => {}),
      registry,
      flush,
      credit: CREDIT,
      counters: this.counters,
      ...authOff(),
      ...auth,
      nowMs: () => fanout.nowMs,
    }
    const written = dialect === 'msgpack' ? msgpackDialect : jsonDialect
    this.session = new Session(host, this.outlet, written, probes)
    this.peer = new FakePeer(fanout, this.session.lane, this.outlet)
    this.outlet.onClose = () => this.session.end()
  }

  /** Opens the session and reads the greeting away. */
  static opened(options: TestSessionOptions = {}): TestSession {
    const client = new TestSession(options)
    client.session.open()
    client.read()
    return client
  }

  /** Sends a request, and returns what comes at once: its answer alone. Data waits for the turn's end. */
  ask(method: string, params?: object): AnyMessage[] {
    const request = { id: this.nextId++, method, params }
    const { isBinary } = this.peer.lane.dialect
    return this.send(isBinary ? pack(request) : JSON.stringify(request), isBinary)
  }

  /** Sends a frame as it stands, and returns what comes at once. */
  send(frame: string | Uint8Array, isBinary = typeof frame !== 'string'): AnyMessage[] {
    this.session.receive(Buffer.from(frame), isBinary)
    return this.read()
  }

  /** Ends the turn; returns what was sent. */
  endTurn(): AnyMessage[] {
    this.fanout.endTurn()
    return this.read()
  }

  /** What was sent and not read yet. */
  read(): AnyMessage[] {
    while (this.peer.read());
    return this.peer.messages.splice(0)
  }
}
