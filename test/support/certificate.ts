/**
 * Certificate: self-signed ones for 127.0.0.1, made by Debian's openssl when a test runs, in a directory of their own.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Env } from './program.ts'

export interface TestCertificate {
  readonly certPath: string
  readonly keyPath: string
  /** The settings that name both. */
  readonly env: Env
  /** The certificate as it is now, for clients to trust. */
  pem(): Promise<string>
  /** Puts another certificate and key in the place of both; `name` is its subject. */
  renew(name: string): Promise<void>
  remove(): Promise<void>
}

/** Makes the first one. */
export async function makeCertificate(name: string): Promise<TestCertificate> {
  const directory = await mkdtemp(join(tmpdir(), 'tickwire-tls-'))
  const certPath = join(directory, 'server.crt')
  const keyPath = join(directory, 'server.key')
  const renew = async (subject: string) => {
    const next = { cert: `${certPath}.next`, key: `${keyPath}.next` }
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
    const whose = ['-subj', `/CN=${subject}`, '-addext', 'subjectAltName=IP:127.0.0.1']
    const files = ['-keyout', next.key, '-out', next.cert]
    const args = ['req', '-x509', '-nodes', '-days', '30', ...curve, ...whose, ...files]
    await promisify(execFile)('openssl', args)
    await rename(next.key, keyPath)
    await rename(next.cert, certPath)
  }
  await renew(name)
  return {
    certPath,
    keyPath,
    env: { TICKWIRE_TLS_CERT: certPath, TICKWIRE_TLS_KEY: keyPath },
    pem: () => readFile(certPath, 'utf8'),
    renew,
    remove: () => rm(directory, { recursive: true }),
  }
}
