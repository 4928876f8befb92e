/**
 * A server without sockets: real sessions over a real fan-out, and what its timers would do. Its ends of connections
 * write probes as they were asked for.
 * Next:  fake-network.ts
 */
import type { Verifier } from '../../src/access/identity.ts'
import { NO_PROBE } from '../../src/fanout/outlet.ts'
import { announce, heartbeat, reap } from '../../src/fanout/sweep.ts'
import { Feed } from '../../src/market/feed.ts'
import type { Dialect } from '../../src/protocol/dialect.ts'
import { closeCodeOf, type FaultName } from '../../src/protocol/faults.ts'
import type { Limits, ProbeKind } from '../../src/protocol/messages.ts'
import { SessionCounters } from '../../src/session/counters.ts'
import { Session, type SessionHost } from '../../src/session/session.ts'
import { authOff } from './auth-off.ts'
import { FakeOutlet } from './fake-outlet.ts'
import { CREDIT, Fanout, TICK_MS } from './fanout.ts'
import type { ManualTime } from './manual-time.ts'

export const HEARTBEAT_MS = 5_000
const LANE_TIMEOUT_MS = 30_000
const AUTH_NOTICE_MS = 10_000
const RECONNECT_MS = [500, 5_000] as const
export const LIMITS: Limits = {
  subscriptions: 100,
  requestBytes: 1_000,
  requestsPerS: 10,
  requestsBurst: 20,
  requestBytesPerS: 100_000,
  authTimeoutMs: 10_000,
}

type Fields = Parameters<Fanout['update']>[1]

/** A server of one run: what it knows is lost with it. */
export class FakeServer {
  readonly fanout = new Fanout()
  readonly counters = new SessionCounters()
  readonly feed: Feed
  readonly host: SessionHost
  readonly ends = new Set<FakeEnd>()
  /** Whether updates come later here than elsewhere. */
  isLagging = false
  private readonly backlog: { topic: string; fields: Fields }[] = []
  private readonly topics = new Set<string>()

  constructor(
    server: string,
    time: ManualTime,
    limits: Limits = LIMITS,
    verifier: Verifier | null = null,
  ) {
    const { fanout, counters } = this
    fanout.nowMs = time.nowMs
    const { markets, registry, flush } = fanout
    this.feed = new Feed(5_000, time.nowMs, ({ state, sinceMs }) => {
      announce(flush, registry.lanes, { type: 'status', feed: state, since: sinceMs })
    })
    this.feed.up(time.nowMs)
    this.host = {
      ...{ server, source: 'simulator', limits, heartbeatMs: HEARTBEAT_MS },
      ...{ markets, feed: this.feed, registry, flush, credit: CREDIT, counters },
      ...{ ...authOff(), verifier, authNoticeMs: AUTH_NOTICE_MS },
      nowMs: () => fanout.nowMs,
    }
  }

  /** What the server's timers do in so much time. */
  pass(ms: number): void {
    const { flush, registry } = this.fanout
    for (let leftMs = ms; leftMs > 0; leftMs -= TICK_MS) {
      this.fanout.nowMs += Math.min(TICK_MS, leftMs)
      flush.tick()
      this.fanout.endTurn()
    }
    const { nowMs } = this.fanout
    heartbeat(flush, registry.lanes, HEARTBEAT_MS, nowMs)
    this.host.deadlines.sweep(nowMs, nowMs)
    reap(flush, registry.lanes, LANE_TIMEOUT_MS)
  }

  /** Takes in an update, or keeps it for later where it lags behind. */
  update(topic: string, fields: Fields): void {
    this.topics.add(topic)
    if (this.isLagging) this.backlog.push({ topic, fields })
    else this.fanout.update(topic, fields)
  }

  /** Takes in what it has kept. */
  catchUp(): void {
    this.isLagging = false
    for (const { topic, fields } of this.backlog.splice(0)) this.fanout.update(topic, fields)
  }

  /** Reads what another one knows and was published: last values, whose versions here are its own. */
  learnFrom(server: FakeServer): void {
    for (const topic of server.topics) {
      const known = server.fanout.market.find(topic)
      if (known?.hasValue) this.update(topic, known.fields)
    }
    for (const { topic, fields } of server.backlog) this.update(topic, fields)
  }

  /** Says that it goes away. */
  goaway(reconnectMs: readonly [number, number] = RECONNECT_MS): void {
    const { registry, flush } = this.fanout
    for (const lane of registry.lanes) {
      flush.reply(lane, lane.dialect.encode({ type: 'goaway', reason: 'restart', reconnectMs }))
    }
  }

  /** Closes everybody, and is not there any more. */
  stop(): void {
    for (const { lane } of [...this.ends].map(({ session }) => session))
      lane.outlet.close('restart')
  }

  /** Both at once, as a server that has no time does. */
  drain(): void {
    this.goaway()
    this.stop()
  }
}

/** What carries the server's bytes of one connection: an outlet that writes probes as they were asked for. */
class NetworkOutlet extends FakeOutlet {
  reason = ''
  private readonly dialect: Dialect
  private readonly kind: ProbeKind

  constructor(dialect: Dialect, probes: ProbeKind, kernelBytes: number) {
    super({ kernelBytes })
    this.dialect = dialect
    this.kind = probes
  }

  override send(bytes: Uint8Array, probe: number) {
    if (this.kind === 'ping') return super.send(bytes, probe)
    const outcome = super.send(bytes, NO_PROBE)
    if (probe !== NO_PROBE) this.probe(probe)
    return outcome
  }

  override probe(number: number): void {
    if (this.closeCode !== null) return
    if (this.kind === 'ping') super.probe(number)
    else super.send(this.dialect.encode({ type: 'probe', number }), NO_PROBE)
  }

  override close(fault: FaultName): void {
    if (this.closeCode !== null) return
    this.closeCode = closeCodeOf(fault) ?? 1006
    this.reason = fault
  }
}

/** The server's end of one connection. */
export class FakeEnd {
  readonly server: FakeServer
  readonly outlet: NetworkOutlet
  readonly session: Session
  readonly dialect: Dialect

  constructor(server: FakeServer, dialect: Dialect, probes: ProbeKind, kernelBytes: number) {
    this.server = server
    this.dialect = dialect
    this.outlet = new NetworkOutlet(dialect, probes, kernelBytes)
    this.session = new Session(server.host, this.outlet, dialect, probes)
    server.ends.add(this)
    this.session.open()
  }

  end(): void {
    if (this.server.ends.delete(this)) this.session.end()
  }
}
