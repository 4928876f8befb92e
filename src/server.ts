/**
 * Server: builds the rooms and joins them. Everything else is handed what it needs; this file sees all.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { AccessCounters } from './access/counters.ts'
import type { Verifier } from './access/identity.ts'
import { createVerifier } from './access/verifier.ts'
import type { Config } from './config/settings.ts'
import { FanoutCounters } from './fanout/counters.ts'
import { Flush } from './fanout/flush.ts'
import { WHEEL_TICK_MS } from './fanout/intervals.ts'
import { PauseClock } from './fanout/pause-clock.ts'
import { Registry } from './fanout/registry.ts'
import { describeLanes } from './fanout/report.ts'
import { announce, heartbeat, reap } from './fanout/sweep.ts'
import { Intake } from './ingest/intake.ts'
import type { Source } from './ingest/source.ts'
import { createSource } from './ingest/sources.ts'
import { Feed } from './market/feed.ts'
import { Markets } from './market/markets.ts'
import { Health } from './ops/health.ts'
import { complaintsTo, createLog, type Log, warningsTo } from './ops/log.ts'
import { LoopDelay } from './ops/loop-delay.ts'
import { Metrics } from './ops/metrics.ts'
import { Profiles } from './ops/profiles.ts'
import { version } from './ops/version.ts'
import { DIALECTS } from './protocol/dialects.ts'
import { SessionCounters } from './session/counters.ts'
import { Drain } from './session/drain.ts'
import { type AdminPorts, serveAdmin } from './transport/admin.ts'
import { TransportCounters } from './transport/counters.ts'
import { Listener } from './transport/listener.ts'
import { PublicSide } from './transport/public-side.ts'

/** Tokens that end, and clients that owe one, are looked for so often. */
const REVIEW_MS = 1_000
/** Heartbeats and staleness are looked at so many times in the period of the shorter one. */
const SWEEPS_A_PERIOD = 4
/** What close frames have, to get out before the sockets are cut. */
const LINGER_MS = 100

export interface ServerOptions {
  /** Takes the place of the source that the settings name. */
  readonly source?: Source
  /** Which of several workers it is. It then has no admin port: whoever started it asks it. */
  readonly worker?: number
}

export class Server {
  /** What the admin port serves. */
  readonly admin: AdminPorts & { readonly metrics: Metrics }
  private readonly config: Readonly<Config>
  private readonly log: Log
  private readonly source: Source
  private readonly markets: Markets
  private readonly feed: Feed
  private readonly health: Health
  private readonly fanout = new FanoutCounters()
  private readonly flush: Flush
  private readonly registry: Registry
  private readonly intake: Intake
  private readonly access = new AccessCounters()
  private readonly verifier: Verifier | null
  private readonly sessions = new SessionCounters()
  private readonly transport = new TransportCounters(this.sessions.faults)
  private readonly publicSide: PublicSide
  private readonly adminSide: Listener | null
  private readonly loopDelay = new LoopDelay(WHEEL_TICK_MS)
  private readonly timers: NodeJS.Timeout[] = []
  private starting: Promise<{ port: number; adminPort: number }> | null = null
  private stopping: Promise<void> | null = null

  constructor(config: Readonly<Config>, options: ServerOptions) {
    this.config = config
    this.log = createLog(config.logLevel, options.worker)
    this.source = options.source ?? createSource(config, this.log.child({ room: 'ingest' }))
    const nowMs = () => performance.now()
    this.markets = new Markets(config, nowMs(), (topic) => this.registry.mark(topic))
    this.feed = new Feed(config.staleAfterMs, Date.now(), () => this.announce())
    this.health = new Health(this.feed)
    const onTurnEnd = () => this.markets.endTurn()
    this.flush = new Flush(
      { schedule: setImmediate, nowMs, wallMs: Date.now, onTurnEnd },
      new PauseClock(WHEEL_TICK_MS, nowMs()),
      this.fanout,
    )
    this.registry = new Registry(this.markets.all, this.flush)
    this.intake = new Intake(this.markets.live, this.feed, {
      mark: (topic) => this.registry.mark(topic),
      wallMs: Date.now,
      nowMs,
      complain: complaintsTo(this.log),
      log: this.log.child({ room: 'ingest' }),
    })
    this.verifier = config.auth === 'off' ? null : this.createVerifier()
    this.publicSide = this.createPublicSide()
    this.admin = this.describeAdmin()
    this.adminSide = options.worker === undefined ? new Listener() : null
    if (this.adminSide !== null) serveAdmin(this.adminSide.app, this.admin)
  }

  /**
   * Listens and starts the source; returns the ports, which the system chose where the settings say 0.
   * Throws where an address cannot be had or the source cannot work, with words for an operator.
   */
  start(): Promise<{ port: number; adminPort: number }> {
    this.starting ??= this.startOnce()
    return this.starting
  }

  private async startOnce(): Promise<{ port: number; adminPort: number }> {
    const { adminHost: host, adminPort, heartbeatMs, staleAfterMs } = this.config
    const port = await this.publicSide.listen()
    const admin = this.adminSide?.listen({ host, port: adminPort, isShared: false })
    const ports = { port, adminPort: (await admin) ?? 0 }
    await this.source.start(this.intake)
    const sweepMs = Math.min(heartbeatMs, staleAfterMs) / SWEEPS_A_PERIOD
    this.timers.push(setInterval(() => this.tick(), WHEEL_TICK_MS))
    this.timers.push(setInterval(() => this.sweep(), sweepMs))
    this.timers.push(setInterval(() => this.publicSide.review(), REVIEW_MS))
    this.log.info({ ...ports, source: this.source.name }, 'server started')
    return ports
  }

  /** Reads the certificate again; see PublicSide.reloadCertificate(). */
  reload(): void {
    this.publicSide.reloadCertificate()
  }

  /**
   * Lets the balancers notice, sends the clients away over the drain time, and ends everything. May be called again,
   * and before start().
   */
  stop(noticeMs = this.config.drainNoticeMs): Promise<void> {
    this.stopping ??= this.stopOnce(noticeMs)
    return this.stopping
  }

  private async stopOnce(noticeMs: number): Promise<void> {
    this.health.isDraining = true
    // What is being opened is closed once it is open. Whoever called start() is told of its failure.
    const hasStarted = await this.starting?.then(
      () => true,
      () => false,
    )
    if (hasStarted === true) await this.drain(noticeMs)
    for (const timer of this.timers) clearInterval(timer)
    await this.source.stop()
    this.publicSide.close()
    this.adminSide?.close()
    this.log.info({}, 'server stopped')
  }

  /** Prices flow to whoever is still there. */
  private async drain(noticeMs: number): Promise<void> {
    const { registry, flush, publicSide } = this
    const { lanes } = registry
    const { drainMs } = this.config
    this.log.info({ clients: lanes.size, noticeMs, drainMs }, 'draining')
    if (noticeMs > 0) await sleep(noticeMs)
    publicSide.refuse()
    await new Drain({ registry, flush, random: Math.random }).run(drainMs)
    await sleep(LINGER_MS)
  }

  private createPublicSide(): PublicSide {
    const { config, source, markets, feed, registry, flush, verifier } = this
    const { access, sessions, transport } = this
    return new PublicSide(config, {
      source: source.name,
      markets,
      feed,
      registry,
      flush,
      sessions,
      transport,
      verifier,
      access,
      nowMs: Date.now,
      log: this.log.child({ room: 'transport' }),
    })
  }

  private createVerifier(): Verifier {
    return createVerifier(this.config, {
      wallMs: Date.now,
      nowMs: () => performance.now(),
      warn: warningsTo(this.log.child({ room: 'access' })),
      counters: this.access,
    })
  }

  private describeAdmin(): Server['admin'] {
    const { feed, fanout, flush, registry, transport, health } = this
    const { live: market, delayed } = this.markets
    const metrics = new Metrics({
      version: version(),
      dialects: DIALECTS.map(({ name }) => name),
      market,
      delayed,
      feed,
      intake: this.intake.counters,
      fanout,
      subscriptions: registry,
      access: this.access,
      session: this.sessions,
      transport,
      health,
      loopDelayMs: this.loopDelay.delayMs,
    })
    const profiles = this.config.profiles ? new Profiles() : null
    return {
      counters: transport,
      readiness: async () => health.readiness(market.topicCount, transport.connections),
      lanes: async (top) => describeLanes(flush, registry.lanes, top),
      metrics,
      profiler: profiles === null ? null : () => profiles,
      profileToken: this.config.profileToken,
      onError: (error) => this.log.error({ err: error }, 'the admin port cannot answer'),
    }
  }

  private announce(): void {
    const { state, sinceMs } = this.feed
    // Why it went down has been said by whoever knows.
    if (state !== 'down')
      this.log.info({ feed: state, topics: this.markets.live.topicCount }, 'feed')
    announce(this.flush, this.registry.lanes, { type: 'status', feed: state, since: sinceMs })
  }

  private tick(): void {
    const nowMs = performance.now()
    this.loopDelay.observe(nowMs)
    this.flush.tick()
    this.markets.tick(nowMs)
  }

  private sweep(): void {
    const { flush, config } = this
    const { lanes } = this.registry
    this.feed.tick(performance.now(), Date.now())
    heartbeat(flush, lanes, config.heartbeatMs, Date.now())
    reap(flush, lanes, config.laneTimeoutMs)
  }
}

/** Builds a server; nothing runs before start(). Throws where its certificate is not good, with words for an operator. */
export function createServer(config: Readonly<Config>, options: ServerOptions = {}): Server {
  return new Server(config, options)
}
