/**
 * Certificates for a Redis that speaks TLS: an authority of its own, a server on 127.0.0.1 and a client, as PEM files in
 * a folder that ends with the test. Made by openssl.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'

export interface Certificates {
  readonly ca: string
  readonly server: Pair
  /** For another host. */
  readonly stray: Pair
  readonly client: Pair
}

interface Pair {
  readonly cert: string
  readonly key: string
}

export async function makeCertificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'tickwire-tls-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const openssl = (...args: string[]) => promisify(execFile)('openssl', args, { cwd: folder })
  const pairOf = (name: string): Pair => ({
    cert: join(folder, `${name}.crt`),
    key: join(folder, `${name}.key`),
  })
  const make = async (name: string, ...more: string[]): Promise<Pair> => {
    const pair = pairOf(name)
    await openssl(
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-days', '2', '-subj', `/CN=${name}`, '-keyout', pair.key, '-out', pair.cert, ...more],
    )
    return pair
  }
  const ca = await make('ca')
  const signed = ['-CA', ca.cert, '-CAkey', ca.key, '-addext', 'basicConstraints=critical,CA:FALSE']
  const server = await make('server', ...signed, '-addext', 'subjectAltName=IP:127.0.0.1')
  const stray = await make('stray', ...signed, '-addext', 'subjectAltName=DNS:elsewhere.test')
  const client = await make('client', ...signed)
  return { ca: ca.cert, server, stray, client }
}

/** Arguments of a Redis that speaks TLS on this port to those who show a certificate of the authority. */
export function tlsArgs({ ca }: Certificates, { cert, key }: Pair, port: number): string[] {
  const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', ca]
  return ['--tls-port', `${port}`, ...files]
}
