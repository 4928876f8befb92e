/**
 * Tokens: what an identity provider would sign, and what nobody should accept.
 */
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose'
import type { Env } from './program.ts'

export const SECRET = 'a secret of tests that is long enough'
export const ISSUER = 'https://id.example'
export const AUDIENCE = 'tickwire'

/** Settings of a server that takes tokens by SECRET. */
export const AUTH_ENV: Env = {
  TICKWIRE_AUTH: 'jwt',
  TICKWIRE_JWT_SECRET: SECRET,
  TICKWIRE_JWT_ISSUER: ISSUER,
  TICKWIRE_JWT_AUDIENCE: AUDIENCE,
}

export interface TokenOptions {
  /** Beside and in place of the claims of a good token; undefined leaves one out. */
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Partial<JWTHeaderParameters>
  readonly key?: Parameters<SignJWT['sign']>[0]
  /** The wall clock, ms since the epoch. */
  readonly nowMs?: number
}

/** A token of one hour for `alice`, who may read what `topics` says. */
export function tokenFor(topics: unknown, options: TokenOptions = {}): Promise<string> {
  const { claims, header, nowMs = Date.now() } = options
  const nowS = Math.floor(nowMs / 1_000)
  const payload = {
    ...{ sub: 'alice', iss: ISSUER, aud: AUDIENCE, iat: nowS, exp: nowS + 3_600, topics },
    ...claims,
  }
  const signed = new SignJWT(JSON.parse(JSON.stringify(payload)))
  const key = options.key ?? new TextEncoder().encode(SECRET)
  return signed.setProtectedHeader({ alg: 'HS256', ...header }).sign(key)
}

/** A token of any header and claims that is not signed: its signature is a text. */
export function forged(header: object, claims: object, signature = ''): string {
  return `${[header, claims].map(encoded).join('.')}.${signature}`
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

export interface KeyPair {
  readonly privateKey: CryptoKey
  /** With `kid` and `alg`. */
  readonly jwk: JWK
  /** A token by this key. */
  token(topics: unknown, options?: TokenOptions): Promise<string>
}

export async function keyPair(kid: string, alg = 'ES256'): Promise<KeyPair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return {
    privateKey,
    jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' },
    token: (topics, { header, ...options } = {}) =>
      tokenFor(topics, { key: privateKey, header: { alg, kid, ...header }, ...options }),
  }
}
