/**
 * Certificate: what stands in the files of TICKWIRE_TLS_CERT and TICKWIRE_TLS_KEY, once it is known to be good.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'

export interface TlsFiles {
  readonly certPath: string
  readonly keyPath: string
}

export interface Certificate {
  /** The whole chain, as it stands in its file. */
  readonly pem: string
  /** When the first of the chain, which is the server's own, expires; ms since the epoch. */
  readonly expiresAtMs: number
}

/**
 * Reads both files and holds them against each other. Throws with words for an operator, which have nothing of the
 * key in them.
 */
export function readCertificate({ certPath, keyPath }: TlsFiles): Certificate {
  const pem = read('certificate', certPath)
  const keyPem = read('key', keyPath)
  const own = attempt(
    () => new X509Certificate(pem),
    () => `${certPath} is no certificate in PEM form`,
  )
  const key: KeyObject = attempt(
    () => createPrivateKey(keyPem),
    () => `${keyPath} is no private key in PEM form, or it has a passphrase`,
  )
  if (!own.checkPrivateKey(key)) throw new Error(`the key ${keyPath} is not that of ${certPath}`)
  attempt(
    () => createSecureContext({ cert: pem, key: keyPem }),
    (why) => `${certPath} cannot be used: ${why}`,
  )
  return { pem, expiresAtMs: Date.parse(own.validTo) }
}

function read(what: string, path: string): string {
  return attempt(
    () => readFileSync(path, 'utf8'),
    (why) => `cannot read the ${what}: ${why}`,
  )
}

function attempt<T>(act: () => T, words: (why: string) => string): T {
  try {
    return act()
  } catch (error) {
    throw new Error(words(error instanceof Error ? error.message : String(error)))
  }
}
