/**
 * TLS: the apps that speak it, one a certificate, and their renewal without a connection lost.
 * An app of uWebSockets.js keeps its certificate for life. The first one listens, and serves until there is a newer
 * certificate; from then on it hands each socket that it accepts to the app that has the newest. The port is never
 * closed for it, and connections stay with the app that they began with.
 */
import { SSLApp, type TemplatedApp } from 'uWebSockets.js'
import { type Certificate, readCertificate, type TlsFiles } from './certificate.ts'

/**
 * Missing from the build's types. Only apps of one kind may be joined: sockets that a plain app hands to one of TLS
 * corrupt the process's memory.
 */
interface Acceptor {
  addChildAppDescriptor(descriptor: number): void
  removeChildAppDescriptor(descriptor: number): void
  getDescriptor(): number
}

export class TlsApps {
  /** The one to listen with. */
  readonly first: TemplatedApp
  private readonly files: TlsFiles
  private readonly serve: (app: TemplatedApp) => void
  /** What of `first` and the others may still have connections: uWebSockets.js does not tell, nor ever frees an app. */
  private readonly others: TemplatedApp[] = []
  private certificate: Certificate

  /** Each app is passed to `serve`, for its routes. Throws where the files are not good, with words for an operator. */
  constructor(files: TlsFiles, serve: (app: TemplatedApp) => void) {
    this.files = files
    this.serve = serve
    this.certificate = readCertificate(files)
    this.first = this.open()
  }

  /** When the certificate of new connections expires; ms since the epoch. */
  get expiresAtMs(): number {
    return this.certificate.expiresAtMs
  }

  /**
   * Reads the files again; returns whether new connections get another certificate from now on. Throws where the
   * files are not good, with words for an operator: then everything stays as it is.
   */
  renew(): boolean {
    const certificate = readCertificate(this.files)
    if (certificate.pem === this.certificate.pem) return false
    const next = this.open()
    const acceptor = untyped(this.first)
    acceptor.addChildAppDescriptor(untyped(next).getDescriptor())
    const last = this.others.at(-1)
    if (last !== undefined) acceptor.removeChildAppDescriptor(untyped(last).getDescriptor())
    this.others.push(next)
    this.certificate = certificate
    return true
  }

  /** Ends the connections of all apps but the first, which whoever listens with it ends. */
  close(): void {
    for (const app of this.others) app.close()
  }

  private open(): TemplatedApp {
    const { certPath, keyPath } = this.files
    let app: TemplatedApp
    try {
      app = SSLApp({ cert_file_name: certPath, key_file_name: keyPath })
    } catch {
      throw new Error(`${certPath} and ${keyPath} cannot be used: uWebSockets.js refuses them`)
    }
    this.serve(app)
    return app
  }
}

function untyped(app: TemplatedApp): Acceptor {
  return app as unknown as Acceptor
}
