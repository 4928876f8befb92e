/**
 * Public side: the port for clients: its listener, its certificates, and the descriptors that it may use up.
 * Next:  routes.ts
 */
import type { TemplatedApp } from 'uWebSockets.js'
import { filesMax, socketsMax, watchSockets } from './descriptors.ts'
import { Listener } from './listener.ts'
import { type RoutePorts, type RouteSettings, Routes } from './routes.ts'
import { TlsApps } from './tls.ts'

/** A flood of sockets is one line in this time. */
const SAY_CUT_EVERY_MS = 10_000

/** Of the settings those that are read here, by their own names. */
export interface PublicSettings extends RouteSettings {
  readonly host: string
  readonly port: number
  readonly sharePort: boolean
  readonly tlsCert: string | null
  readonly tlsKey: string | null
}

export interface PublicPorts extends Omit<RoutePorts, 'isDraining' | 'warn'> {
  readonly log: PublicLog
}

/** Where an operator is told. */
export interface PublicLog {
  info(fields: object, text: string): void
  warn(fields: object, text: string): void
  error(fields: object, text: string): void
}

export class PublicSide {
  private readonly settings: PublicSettings
  private readonly ports: PublicPorts
  private readonly routes: Routes
  private readonly filesMax = filesMax()
  private readonly tls: TlsApps | null
  private readonly listener: Listener
  private isRefusing = false
  private saidCutAtMs = Number.NEGATIVE_INFINITY

  /** Throws where the certificate is not good, with words for an operator. */
  constructor(settings: PublicSettings, ports: PublicPorts) {
    this.settings = settings
    this.ports = ports
    const maxConnections = this.affordable(settings.maxConnections)
    ports.transport.connectionsMax = maxConnections
    this.routes = new Routes(
      { ...settings, maxConnections },
      {
        ...ports,
        isDraining: () => this.isRefusing,
        warn: (text) => ports.log.warn({}, text),
      },
    )
    const { tlsCert: certPath, tlsKey: keyPath } = settings
    const serve = (app: TemplatedApp) => this.serve(app)
    this.tls =
      certPath === null || keyPath === null ? null : new TlsApps({ certPath, keyPath }, serve)
    this.listener = new Listener(this.tls?.first)
    if (this.tls === null) serve(this.listener.app)
    else this.noteExpiry(this.tls)
  }

  /** Listens, and returns the port. Throws where the address cannot be had, with words for an operator. */
  listen(): Promise<number> {
    const { host, port, sharePort: isShared } = this.settings
    return this.listener.listen({ host, port, isShared })
  }

  /**
   * Reads the certificate again: new connections get it, those there are keep theirs. A bad one is logged, and the
   * old one stays. Without TLS nothing is done.
   */
  reloadCertificate(): void {
    const { tls } = this
    const { transport, log } = this.ports
    if (tls === null) return
    try {
      const isNew = tls.renew()
      transport.tlsReloads[isNew ? 'renewed' : 'unchanged']++
      if (isNew) this.noteExpiry(tls)
      else log.info({}, 'certificate unchanged')
    } catch (error) {
      transport.tlsReloads.failed++
      log.error({ why: wordsOf(error) }, 'certificate not renewed, the old one stays')
    }
  }

  /** Takes no more connections; those that were greeted stay. What is on its way already is told `restart`. */
  refuse(): void {
    this.isRefusing = true
    this.routes.turnBack()
    this.listener.refuse()
  }

  /** Ends everything at once. */
  close(): void {
    this.listener.close()
    this.tls?.close()
  }

  /** Tells those whose token ends, and closes those whose has, or who owe one. Call it once a second. */
  review(): void {
    this.routes.review()
  }

  private serve(app: TemplatedApp): void {
    watchSockets(app, this.filesMax, this.ports.transport, () => this.sayCut())
    this.routes.serve(app)
  }

  private noteExpiry({ expiresAtMs }: TlsApps): void {
    const { transport, log, nowMs } = this.ports
    transport.tlsExpiresAtMs = expiresAtMs
    const fields = { expires: new Date(expiresAtMs).toISOString() }
    if (expiresAtMs > nowMs()) log.info(fields, 'certificate in use')
    else log.warn(fields, 'certificate in use has expired')
  }

  /** So many connections as are wanted, or fewer where the process may not have so many files. */
  private affordable(wanted: number): number {
    const { filesMax } = this
    const connectionsMax = Math.min(wanted, socketsMax(filesMax))
    if (connectionsMax < wanted) {
      const text = 'the limit of open files allows fewer connections than TICKWIRE_MAX_CONNECTIONS'
      this.ports.log.warn({ filesMax, wanted, connectionsMax }, text)
    }
    return connectionsMax
  }

  private sayCut(): void {
    const { log, nowMs, transport } = this.ports
    if (nowMs() - this.saidCutAtMs < SAY_CUT_EVERY_MS) return
    this.saidCutAtMs = nowMs()
    const { filesMax } = this
    log.warn({ filesMax, cut: transport.socketsCut }, 'too few file descriptors: sockets are cut')
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
