/**
 * The verifier: what is a good token, and everything that is none. Tokens are signed by jose, or made by hand where jose
 * would not.
 */
import { CompactSign, exportJWK, exportSPKI, generateKeyPair } from 'jose'
import { beforeAll, expect, test } from 'vitest'
import { AUTH_FAILURES, type AuthFailure } from '../../../src/access/counters.ts'
import { ProtocolError } from '../../../src/protocol/faults.ts'
import {
  AUDIENCE,
  forged,
  ISSUER,
  type KeyPair,
  keyPair,
  SECRET,
  tokenFor,
} from '../../support/tokens.ts'
import { NOW_MS, TestVerifier } from '../../support/verifier.ts'

let pair: KeyPair

beforeAll(async () => {
  pair = await keyPair('one', 'RS256')
})

const token = (claims: object = {}, header: object = {}): Promise<string> =>
  tokenFor(['ticker:**'], { claims: { ...claims }, header, nowMs: NOW_MS })

test('tells whose a good token is, until when it serves, and what it allows', async () => {
  const verifier = TestVerifier.bySecret()
  const identity = await verifier.verify(await token({ exp: NOW_MS / 1_000 + 60 }))
  expect(identity.subject).toBe('alice')
  expect(identity.expiresAtMs).toBe(NOW_MS + 60_000)
  expect(identity.entitlements.delayMsOf('ticker:BTC-USD')).toBe(0)
  expect(identity.entitlements.delayMsOf('book:BTC-USD')).toBeNull()
  expect(verifier.failed()).toEqual({})
})

test('without a token: what is public', () => {
  const none = TestVerifier.bySecret()
  expect(none.verifier.isAnythingPublic).toBe(false)
  expect(none.verifier.anonymous.subject).toBeNull()
  expect(none.verifier.anonymous.entitlements.delayMsOf('demo:a')).toBeNull()
  const some = TestVerifier.bySecret({ publicTopics: ['demo:**'] })
  expect(some.verifier.isAnythingPublic).toBe(true)
  expect(some.verifier.anonymous.entitlements.delayMsOf('demo:a')).toBe(0)
  expect(some.verifier.anonymous.entitlements.delayMsOf('ticker:a')).toBeNull()
})

test.each([
  { what: 'several audiences', claims: { aud: ['other', AUDIENCE] } },
  { what: 'a type', header: { typ: 'at+jwt' } },
  { what: 'a not-before in the past', claims: { nbf: NOW_MS / 1_000 - 1 } },
  { what: 'a clock that is 4 s ahead', claims: { nbf: NOW_MS / 1_000 + 4 } },
  { what: 'an end 4 s ago', claims: { exp: NOW_MS / 1_000 - 4 } },
  { what: 'a subject of 256 characters', claims: { sub: 'x'.repeat(256) } },
  { what: 'an end between two seconds', claims: { exp: NOW_MS / 1_000 + 0.5 } },
])('takes a token with $what', async ({ claims, header }) => {
  await expect(TestVerifier.bySecret().verify(await token(claims, header))).resolves.toBeDefined()
})

/** JSON can write what no reader of MessagePack takes for text. */
function halfSubject(): Promise<string> {
  const text = JSON.stringify({ ...good, sub: 'x\ud800' })
  return new CompactSign(Buffer.from(text))
    .setProtectedHeader({ alg: 'HS256' })
    .sign(Buffer.from(SECRET))
}

interface Bad {
  readonly what: string
  readonly reason: AuthFailure
  readonly make: () => Promise<string> | string
}

const good = { sub: 'alice', iss: ISSUER, aud: AUDIENCE, exp: NOW_MS / 1_000 + 60, topics: ['**'] }

const BAD: readonly Bad[] = [
  { what: 'nothing', reason: 'malformed', make: () => '' },
  { what: 'garbage', reason: 'malformed', make: () => 'garbage' },
  { what: 'three parts of garbage', reason: 'malformed', make: () => 'a.b.c' },
  { what: 'a huge text', reason: 'malformed', make: () => 'a'.repeat(1_000_000) },
  {
    what: 'a token that is good and too long',
    reason: 'malformed',
    make: () => token({ note: 'x'.repeat(8_192) }),
  },
  { what: 'an encrypted token', reason: 'malformed', make: () => 'a.b.c.d.e' },
  { what: 'algorithm none', reason: 'algorithm', make: () => forged({ alg: 'none' }, good) },
  { what: 'algorithm NONE', reason: 'algorithm', make: () => forged({ alg: 'nOnE' }, good) },
  { what: 'no algorithm', reason: 'malformed', make: () => forged({}, good) },
  { what: 'another algorithm', reason: 'algorithm', make: () => token({}, { alg: 'HS512' }) },
  {
    what: 'another secret',
    reason: 'signature',
    make: () => tokenFor(['**'], { key: Buffer.alloc(32, 'x'), nowMs: NOW_MS }),
  },
  {
    what: 'no signature',
    reason: 'signature',
    make: () => forged({ alg: 'HS256' }, good),
  },
  {
    what: 'claims that were changed',
    reason: 'signature',
    make: async () => {
      const [header, , signature] = (await token()).split('.')
      const claims = Buffer.from(JSON.stringify({ ...good, sub: 'mallory' })).toString('base64url')
      return [header, claims, signature].join('.')
    },
  },
  {
    what: 'an extension that is critical and not known',
    reason: 'malformed',
    make: () => forged({ alg: 'HS256', crit: ['x'], x: 1 }, good, 'AAAA'),
  },
  {
    what: 'an unencoded payload',
    reason: 'signature',
    make: () => forged({ alg: 'HS256', crit: ['b64'], b64: false }, good, 'AAAA'),
  },
  { what: 'no issuer', reason: 'claims', make: () => token({ iss: undefined }) },
  { what: 'another issuer', reason: 'issuer', make: () => token({ iss: `${ISSUER}/` }) },
  { what: 'no audience', reason: 'claims', make: () => token({ aud: undefined }) },
  { what: 'another audience', reason: 'audience', make: () => token({ aud: ['a', 'b'] }) },
  { what: 'no end', reason: 'claims', make: () => token({ exp: undefined }) },
  { what: 'an end that is a text', reason: 'claims', make: () => token({ exp: '9999999999' }) },
  { what: 'an end that never comes', reason: 'claims', make: () => token({ exp: 1e300 }) },
  { what: 'an end 5 s ago', reason: 'expired', make: () => token({ exp: NOW_MS / 1_000 - 5 }) },
  {
    what: 'a beginning to come',
    reason: 'not_yet_valid',
    make: () => token({ nbf: NOW_MS / 1_000 + 6 }),
  },
  { what: 'no subject', reason: 'claims', make: () => token({ sub: undefined }) },
  { what: 'an empty subject', reason: 'claims', make: () => token({ sub: '' }) },
  { what: 'half a character as its subject', reason: 'claims', make: () => halfSubject() },
  { what: 'a subject that is a number', reason: 'claims', make: () => token({ sub: 7 }) },
  { what: 'a long subject', reason: 'claims', make: () => token({ sub: 'x'.repeat(257) }) },
  { what: 'a malformed claim topics', reason: 'claims', make: () => token({ topics: '**' }) },
]

test.each(BAD)('refuses $what: $reason', async ({ reason, make }) => {
  const verifier = TestVerifier.bySecret()
  const text = await make()
  const error = await verifier.refusal(text)
  expect(error.fault).toBe('bad_token')
  expect(verifier.failed()).toEqual({ [reason]: 1 })
})

test('no refusal repeats anything of the token, not even where a log would look', async () => {
  const secrets = { sub: '', topics: ['tick er:Sec-Ret'], note: 'Sec-Ret' }
  const texts = [await token(secrets), 'Sec-Ret', forged({ alg: 'Sec-Ret' }, { sub: 'Sec-Ret' })]
  for (const text of texts) {
    const error = await TestVerifier.bySecret().refusal(text)
    const told = [error.message, error.stack, error.cause, JSON.stringify(error)].join()
    expect(told).not.toContain('Sec-Ret')
    if (text.length > 10) expect(told).not.toContain(text.slice(0, 10))
  }
})

test('every reason but those that others count can be had here', () => {
  const seen = new Set<string>([
    ...BAD.map(({ reason }) => reason),
    // Of the session, and of keys.test.ts.
    ...['other_subject', 'unavailable', 'unknown_key'],
  ])
  expect([...AUTH_FAILURES].sort()).toEqual([...seen].sort())
})

test('a public key does not serve as a secret', async () => {
  const { publicKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one' }
  const verifier = await TestVerifier.byKeys([jwk])
  const texts = [await exportSPKI(publicKey), JSON.stringify(jwk), jwk.n!]
  for (const text of texts) {
    for (const header of [{ alg: 'HS256' }, { alg: 'HS256', kid: 'one' }]) {
      const confused = await tokenFor(['**'], { key: Buffer.from(text), header, nowMs: NOW_MS })
      expect((await verifier.refusal(confused)).fault).toBe('bad_token')
    }
  }
  expect(verifier.failed()).toEqual({ algorithm: 2 * texts.length })
})

test('the algorithms that are accepted can be fewer, and never those of the other kind', async () => {
  const fewer = await TestVerifier.byKeys([pair.jwk], { jwtAlgorithms: ['ES256'] })
  expect((await fewer.refusal(await pair.token(['**'], { nowMs: NOW_MS }))).fault).toBe('bad_token')
  expect(fewer.failed()).toEqual({ algorithm: 1 })
  const all = await TestVerifier.byKeys([pair.jwk])
  await expect(all.verify(await pair.token(['**'], { nowMs: NOW_MS }))).resolves.toBeDefined()
})

test.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('takes %s by a JWK set', async (alg) => {
  const { token: signed, jwk } = await keyPair('k', alg)
  const verifier = await TestVerifier.byKeys([jwk])
  await expect(verifier.verify(await signed(['**'], { nowMs: NOW_MS }))).resolves.toBeDefined()
})

test('keys in the token itself are not believed', async () => {
  const mallory = await keyPair('one', 'ES256')
  const alice = await keyPair('one', 'ES256')
  const verifier = await TestVerifier.byKeys([alice.jwk])
  const header = { jwk: mallory.jwk, jku: 'http://127.0.0.1:1/', x5u: 'http://127.0.0.1:1/' }
  const text = await mallory.token(['**'], { header, nowMs: NOW_MS })
  expect(await verifier.refusal(text)).toBeInstanceOf(ProtocolError)
  expect(verifier.failed()).toEqual({ signature: 1 })
})
