/**
 * Forbidden: a server with something secret on it, and the tokens that nobody may be let in with.
 */
import { type CryptoKey, exportSPKI, importJWK } from 'jose'
import { startServer, type TestServer } from './server.ts'
import { temporaryFile } from './temporary-file.ts'
import { AUDIENCE, AUTH_ENV, forged, ISSUER, type KeyPair, keyPair, tokenFor } from './tokens.ts'

export const SECRET_VALUE = 'hush-42'
const HOUR_S = 3_600
const nowS = Math.floor(Date.now() / 1_000)
const claims = { sub: 'alice', iss: ISSUER, aud: AUDIENCE, exp: nowS + HOUR_S, topics: ['**'] }

export interface Keys {
  /** The server's. */
  readonly pair: KeyPair
  /** Of the same name. */
  readonly stranger: KeyPair
}

export interface ForbiddenServer extends TestServer, Keys {
  /** A new value of each topic. */
  publish(): void
}

/** Holds ticker:SECRET, ticker:SECRET-TOO, ticker:MINE, book:B, and demo:A, which is public. */
export async function startForbidden(): Promise<ForbiddenServer> {
  const pair = await keyPair('one', 'RS256')
  const stranger = await keyPair('one', 'RS256')
  const file = await temporaryFile('jwks.json', JSON.stringify({ keys: [pair.jwk] }))
  const { TICKWIRE_JWT_SECRET: _, ...env } = AUTH_ENV
  const server = await startServer({
    ...env,
    TICKWIRE_JWKS: file.path,
    TICKWIRE_PUBLIC_TOPICS: 'demo:**',
  })
  const publish = () => {
    for (const topic of ['ticker:SECRET', 'ticker:SECRET-TOO', 'demo:A', 'ticker:MINE', 'book:B']) {
      const bid = topic.includes('SECRET') ? SECRET_VALUE : '1'
      server.source.update(topic, { bid, at: performance.now() })
    }
  }
  publish()
  const stop = async () => {
    await server.stop()
    await file.remove()
  }
  return { ...server, pair, stranger, publish, stop }
}

/** Tokens that nobody may be let in with. */
export const BAD_TOKENS: Readonly<Record<string, (keys: Keys) => Promise<string> | string>> = {
  garbage: () => 'garbage.garbage.garbage',
  'an empty text': () => '',
  expired: ({ pair }) => pair.token(['**'], { claims: { exp: nowS - 60 } }),
  'not valid yet': ({ pair }) => pair.token(['**'], { claims: { nbf: nowS + HOUR_S } }),
  'without an end': ({ pair }) => pair.token(['**'], { claims: { exp: undefined } }),
  'of another signer': ({ stranger }) => stranger.token(['**']),
  'of a key that is not known': ({ pair }) => pair.token(['**'], { header: { kid: 'two' } }),
  'without a signature': () => forged({ alg: 'RS256', kid: 'one' }, claims),
  'with algorithm none': () => forged({ alg: 'none' }, claims),
  'with the public key as the secret': async ({ pair }) => {
    const key = Buffer.from(await exportSPKI((await importJWK(pair.jwk, 'RS256')) as CryptoKey))
    return tokenFor(['**'], { key, header: { alg: 'HS256', kid: 'one' } })
  },
  'with the JWK as the secret': ({ pair }) =>
    tokenFor(['**'], { key: Buffer.from(JSON.stringify(pair.jwk)), header: { kid: 'one' } }),
  'with its own key': ({ stranger }) => stranger.token(['**'], { header: { jwk: stranger.jwk } }),
  'of another issuer': ({ pair }) =>
    pair.token(['**'], { claims: { iss: 'https://evil.example' } }),
  'for another audience': ({ pair }) => pair.token(['**'], { claims: { aud: 'another' } }),
  'of nobody': ({ pair }) => pair.token(['**'], { claims: { sub: '' } }),
  'with a malformed claim': ({ pair }) => pair.token('**'),
  'with claims that were changed': async ({ pair }) => {
    const [header, , signature] = (await pair.token([])).split('.')
    return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')
  },
}
