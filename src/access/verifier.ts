/**
 * Verifier: whose token it is. jose does the cryptography; here stand what is required, and the words for what is not
 * met. Nothing of a token gets into a message, a log or an error.
 */
import { errors, type JWTPayload, jwtVerify } from 'jose'
import { ProtocolError } from '../protocol/faults.ts'
import { TOKEN_CHARS_MAX } from '../protocol/requests.ts'
import type { AccessCounters, AuthFailure } from './counters.ts'
import { BadClaim, publicEntitlements, sharedEntitlements } from './entitlements.ts'
import { type Entitlements, type Identity, TOLERANCE_MS, type Verifier } from './identity.ts'
import { type KeyPorts, type Keys, KeysUnavailable, keysOf } from './keys.ts'

export const SUBJECT_CHARS_MAX = 256
/** Which algorithms stand without a setting: never both what a secret signs and what a key pair does. */
const SECRET_DEFAULTS = ['HS256']
const KEY_DEFAULTS = ['RS256', 'PS256', 'ES256', 'EdDSA']

/** The settings of the same names. */
export interface VerifierSettings {
  readonly jwtSecret: string | null
  readonly jwks: string | null
  readonly jwtAlgorithms: readonly string[]
  readonly jwtIssuer: string | null
  readonly jwtAudience: string | null
  readonly publicTopics: readonly string[]
}

export interface VerifierPorts extends KeyPorts {
  /** The wall clock, ms since the epoch. */
  readonly wallMs: () => number
  readonly counters: AccessCounters
}

/** A verifier of such tokens. Its keys are fetched from now on. */
export function createVerifier(settings: VerifierSettings, ports: VerifierPorts): Verifier {
  const { jwtSecret, jwks, jwtAlgorithms, jwtIssuer, jwtAudience, publicTopics } = settings
  const defaults = jwtSecret === null ? KEY_DEFAULTS : SECRET_DEFAULTS
  const keys = keysOf(jwtSecret, jwks, ports)
  const required = {
    algorithms: jwtAlgorithms.length > 0 ? [...jwtAlgorithms] : defaults,
    issuer: jwtIssuer!,
    audience: jwtAudience!,
    requiredClaims: ['exp', 'sub'],
    clockTolerance: TOLERANCE_MS / 1_000,
  }
  const open = publicEntitlements(publicTopics)
  const entitlementsOf = sharedEntitlements(open)
  const anonymous = { subject: null, expiresAtMs: Number.POSITIVE_INFINITY, entitlements: open }

  const verify = async (token: string): Promise<Identity> => {
    try {
      if (token.length > TOKEN_CHARS_MAX) throw new BadToken('malformed', 'it is too long')
      const payload = await verified(token, keys, { ...required, currentDate: wallDate() })
      return identityOf(payload, entitlementsOf)
    } catch (error) {
      const { reason, detail } = failureOf(error, ports)
      ports.counters.failures[reason]++
      // jose's errors carry the claims, so none of them goes along as a cause.
      throw new ProtocolError(reason === 'unavailable' ? 'auth_unavailable' : 'bad_token', detail)
    }
  }
  const wallDate = () => new Date(ports.wallMs())
  return { anonymous, isAnythingPublic: publicTopics.length > 0, verify }
}

class BadToken extends Error {
  readonly reason: AuthFailure

  constructor(reason: AuthFailure, detail: string) {
    super(detail)
    this.reason = reason
  }
}

type Required = Parameters<typeof jwtVerify>[2]

async function verified(token: string, keys: Keys, required: Required): Promise<JWTPayload> {
  return (await jwtVerify(token, keys, required)).payload
}

/** The identity that the claims tell of. Throws BadToken, BadClaim. */
function identityOf(
  { sub, exp, topics }: JWTPayload,
  entitlementsOf: (claim: unknown) => Entitlements,
): Identity {
  const isText = typeof sub === 'string' && sub !== '' && sub.isWellFormed()
  if (!isText || sub.length > SUBJECT_CHARS_MAX) {
    throw new BadToken('claims', `sub is no text of 1 to ${SUBJECT_CHARS_MAX} characters`)
  }
  const expiresAtMs = Math.floor(exp! * 1_000)
  if (!Number.isSafeInteger(expiresAtMs)) throw new BadToken('claims', 'exp is no time')
  return { subject: sub, expiresAtMs, entitlements: entitlementsOf(topics) }
}

interface Failure {
  readonly reason: AuthFailure
  readonly detail: string
}

const BY_CLAIM: Readonly<Record<string, Failure>> = {
  iss: { reason: 'issuer', detail: 'it is of another issuer' },
  aud: { reason: 'audience', detail: 'it is for another audience' },
  nbf: { reason: 'not_yet_valid', detail: 'it is not valid yet' },
}

const UNAVAILABLE: Failure = { reason: 'unavailable', detail: 'the keys cannot be had' }

function failureOf(error: unknown, ports: KeyPorts): Failure {
  if (error instanceof BadToken) return { reason: error.reason, detail: error.message }
  if (error instanceof BadClaim) return { reason: 'claims', detail: error.message }
  if (error instanceof KeysUnavailable) return UNAVAILABLE
  if (error instanceof errors.JWTExpired) return { reason: 'expired', detail: 'it has expired' }
  if (error instanceof errors.JWTClaimValidationFailed) {
    const known = error.reason === 'check_failed' ? BY_CLAIM[error.claim] : undefined
    // The names of claims are jose's own here: those that are required, and dates.
    return known ?? { reason: 'claims', detail: `${error.claim} is missing or malformed` }
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return { reason: 'algorithm', detail: 'its algorithm is not accepted' }
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return { reason: 'signature', detail: 'its signature is wrong' }
  }
  if (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  ) {
    return { reason: 'unknown_key', detail: 'it names no key that is known' }
  }
  if (
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JOSENotSupported
  ) {
    return { reason: 'malformed', detail: 'it is no signed JWT, or asks for what is not supported' }
  }
  // Keys that jose cannot use: the token may be good, and nobody is let in.
  ports.warn('a key cannot be used', error instanceof Error ? error.name : 'unknown')
  return UNAVAILABLE
}
