/**
 * Settings of who may read what.
 */
import { choice, flag, integer, integers, list, secret, word } from './kinds.ts'

/** What a secret signs, and what a key pair does: a token must not choose between the two. */
export const SECRET_ALGORITHMS = ['HS256', 'HS384', 'HS512'] as const
export const KEY_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'EdDSA',
] as const

const MIB_BYTES = 1024 * 1024
const HOUR_MS = 3_600_000
/** As access/glob.ts reads it: segments between colons, `**` only as the last, at most 8 stars. Without commas here. */
const GLOB = /^(?!.*\*\*.)(?!.*[^:]\*\*)(?!(?:[^*]*\*){9})[!#-+\--[\]-~]{1,160}$/
/** What a token says of itself; any text, but for characters that only slips of the fingers make. */
const CLAIM = { takes: 'a text without spaces', pattern: /^[!-~]{1,512}$/ }

export const ACCESS_SETTINGS = {
  auth: choice('TICKWIRE_AUTH', {
    fallback: 'off',
    words: ['off', 'jwt'],
    doc: 'off: everybody may read everything. jwt: what a client may read is in its token.',
  }),
  jwtSecret: secret('TICKWIRE_JWT_SECRET', {
    fallback: null,
    takes: 'a text of at least 32 characters',
    pattern: /^[^\0]{32,4096}$/,
    doc: 'The secret that tokens are signed with (HS256 and the like).',
  }),
  jwks: word('TICKWIRE_JWKS', {
    fallback: null,
    takes: 'a path, or a URL without a password that begins with https:// (http:// on loopback)',
    // fetch() takes no user and password in a URL, and says them in its error.
    pattern:
      /^(https:\/\/(?![/\\]|[^/?#\\]*@)[!-~]{1,2048}|http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?([/?][!-~]{0,2048})?|(?!\w+:\/\/)\P{Cc}{1,4096})$/u,
    doc: 'The public keys that tokens are signed with, a JWK set. It is read again when it changes, or a key is unknown.',
  }),
  jwtAlgorithms: list('TICKWIRE_JWT_ALGORITHMS', {
    fallback: [],
    each: `of ${[...SECRET_ALGORITHMS, ...KEY_ALGORITHMS].join(' ')}`,
    pattern: new RegExp(`^(${[...SECRET_ALGORITHMS, ...KEY_ALGORITHMS].join('|')})$`),
    countMax: 16,
    doc: 'Algorithms that are accepted. Unset: HS256 with a secret; RS256, PS256, ES256 and EdDSA with a JWK set.',
  }),
  jwtIssuer: word('TICKWIRE_JWT_ISSUER', {
    fallback: null,
    ...CLAIM,
    doc: 'What `iss` of a token must be.',
  }),
  jwtAudience: word('TICKWIRE_JWT_AUDIENCE', {
    fallback: null,
    ...CLAIM,
    doc: 'What `aud` of a token must be, or hold.',
  }),
  authTimeoutMs: integer('TICKWIRE_AUTH_TIMEOUT_MS', {
    fallback: 10_000,
    min: 1_000,
    max: 600_000,
    doc: 'A client that may read nothing without a token, and has sent none for so long, is closed.',
  }),
  authNoticeMs: integer('TICKWIRE_AUTH_NOTICE_MS', {
    fallback: 60_000,
    min: 1_000,
    max: HOUR_MS,
    doc: 'How long before its token expires a client is sent `auth_expiring`.',
  }),
  tokenInQuery: flag('TICKWIRE_TOKEN_IN_QUERY', {
    fallback: false,
    doc: 'Whether ?token= is taken too. Proxies log it: only for clients that can do nothing else.',
  }),
  publicTopics: list('TICKWIRE_PUBLIC_TOPICS', {
    fallback: [],
    each: 'globs such as ticker:demo:**',
    pattern: GLOB,
    countMax: 64,
    doc: 'Topics that need no token.',
  }),
  delaysMs: integers('TICKWIRE_DELAYS_MS', {
    fallback: [],
    each: 'delays in ms',
    min: 1_000,
    max: 24 * HOUR_MS,
    countMax: 4,
    doc: 'Delays for which values are kept, for clients that are entitled to delayed data only.',
  }),
  delayBytesMax: integer('TICKWIRE_DELAY_BYTES_MAX', {
    fallback: 256 * MIB_BYTES,
    min: MIB_BYTES,
    max: 64 * 1024 * MIB_BYTES,
    doc: 'What one of these delays may keep in memory; near it, values are kept less often.',
  }),
}
