/**
 * Keys that change: in a file and behind a URL (a real HTTP server on loopback). What is known goes on working whatever
 * becomes of the file or the server, and unknown keys do not make us ask more often than we said.
 */
import { rename, rm, writeFile } from 'node:fs/promises'
import { exportJWK, generateKeyPair } from 'jose'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { JwksServer } from '../../support/jwks-server.ts'
import { temporaryFile } from '../../support/temporary-file.ts'
import { type KeyPair, keyPair } from '../../support/tokens.ts'
import { NOW_MS, TestVerifier } from '../../support/verifier.ts'

const COOLDOWN_MS = 30_000
const AGE_MS_MAX = 600_000

let one: KeyPair
let two: KeyPair

beforeAll(async () => {
  one = await keyPair('one')
  two = await keyPair('two')
})

const signed = (pair: KeyPair, header = {}): Promise<string> =>
  pair.token(['**'], { nowMs: NOW_MS, header })

/** How a verifier takes a token: its subject, or the fault. */
async function taken(verifier: TestVerifier, token: string): Promise<string> {
  return verifier.verify(token).then(
    ({ subject }) => subject!,
    ({ fault }) => fault,
  )
}

async function fileOf(content: string) {
  const file = await temporaryFile('jwks.json', content)
  onTestFinished(() => file.remove())
  return file.path
}

const setOf = (...pairs: KeyPair[]): string => JSON.stringify({ keys: pairs.map(({ jwk }) => jwk) })

test('a file that changes is read again, at most once a second', async () => {
  const jwks = await fileOf(setOf(one))
  const verifier = new TestVerifier({ jwks })
  expect(await taken(verifier, await signed(one))).toBe('alice')
  expect(await taken(verifier, await signed(two))).toBe('bad_token')
  expect(verifier.failed()).toEqual({ unknown_key: 1 })
  await writeFile(jwks, setOf(two, one))
  expect(await taken(verifier, await signed(two))).toBe('bad_token')
  verifier.nowMs += 1_000
  expect(await taken(verifier, await signed(two))).toBe('alice')
  // Rotation by renaming, and the first key is withdrawn.
  await writeFile(`${jwks}.new`, setOf(two))
  await rename(`${jwks}.new`, jwks)
  verifier.nowMs += 1_000
  expect(await taken(verifier, await signed(two))).toBe('alice')
  expect(await taken(verifier, await signed(one))).toBe('bad_token')
  expect(verifier.warnings).toEqual([])
})

test.each(['', '{', '[]', '{"keys":1}', 'null'])(
  'a file that is broken (%j) keeps the keys of before, and is told of',
  async (content) => {
    const jwks = await fileOf(setOf(one))
    const verifier = new TestVerifier({ jwks })
    expect(await taken(verifier, await signed(one))).toBe('alice')
    await writeFile(jwks, content)
    verifier.nowMs += 1_000
    expect(await taken(verifier, await signed(one))).toBe('alice')
    expect(verifier.warnings).toHaveLength(1)
    expect(verifier.warnings[0]).toContain('the key file is not readable')
    await rm(jwks)
    verifier.nowMs += 1_000
    expect(await taken(verifier, await signed(one))).toBe('alice')
    await writeFile(jwks, setOf(two))
    verifier.nowMs += 1_000
    expect(await taken(verifier, await signed(two))).toBe('alice')
  },
)

test('a file that was never good: tokens cannot be checked, until it is', async () => {
  const jwks = await fileOf('no keys')
  const verifier = new TestVerifier({ jwks })
  await eventually(() => verifier.warnings.length === 1) // before anybody came
  expect(await taken(verifier, await signed(one))).toBe('auth_unavailable')
  expect(verifier.failed()).toEqual({ unavailable: 1 })
  await writeFile(jwks, setOf(one))
  verifier.nowMs += 1_000
  expect(await taken(verifier, await signed(one))).toBe('alice')
})

test('keys that must not be there let nobody in', async () => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const secret = Buffer.alloc(32, 7)
  const jwks = await fileOf(
    JSON.stringify({
      keys: [
        { ...(await exportJWK(privateKey)), kid: 'private', alg: 'ES256' },
        { kty: 'oct', k: secret.toString('base64url'), kid: 'secret', alg: 'HS256' },
        { kty: 'RSA', n: 'AQAB', e: 'AQAB', kid: 'weak', alg: 'RS256' },
      ],
    }),
  )
  const verifier = new TestVerifier({ jwks })
  const mallory = await keyPair('x', 'RS256')
  const tokens = [
    await one.token(['**'], { key: privateKey, header: { kid: 'private' }, nowMs: NOW_MS }),
    await one.token(['**'], {
      key: secret,
      header: { kid: 'secret', alg: 'HS256' },
      nowMs: NOW_MS,
    }),
    await signed(mallory, { kid: 'weak' }),
  ]
  for (const token of tokens) expect(await taken(verifier, token)).not.toBe('alice')
})

test('of two keys that fit and a token that names none, none is guessed', async () => {
  const third = await keyPair('three')
  const verifier = new TestVerifier({ jwks: await fileOf(setOf(one, third)) })
  expect(await taken(verifier, await signed(one, { kid: undefined }))).toBe('bad_token')
  expect(verifier.failed()).toEqual({ unknown_key: 1 })
})

async function served(...pairs: KeyPair[]): Promise<JwksServer> {
  const server = await JwksServer.start(pairs.map(({ jwk }) => jwk))
  onTestFinished(() => server.stop())
  return server
}

test('the keys of a URL are fetched once, and again for a key that is not known', async () => {
  const server = await served(one)
  const verifier = new TestVerifier({ jwks: server.url })
  await eventually(() => server.asked === 1) // before anybody came
  for (let i = 0; i < 3; i++) expect(await taken(verifier, await signed(one))).toBe('alice')
  server.keys = [one.jwk, two.jwk]
  expect(await taken(verifier, await signed(two))).toBe('bad_token')
  expect(server.asked).toBe(1)
  verifier.nowMs += COOLDOWN_MS
  expect(await taken(verifier, await signed(two))).toBe('alice')
  expect(server.asked).toBe(2)
  expect(verifier.failed()).toEqual({ unknown_key: 1 })
})

test('whoever makes up keys has the server asked once a cooldown', async () => {
  const server = await served(one)
  const verifier = new TestVerifier({ jwks: server.url })
  expect(await taken(verifier, await signed(one))).toBe('alice')
  verifier.nowMs += COOLDOWN_MS
  const made = Array.from({ length: 20 }, (_, i) => signed(two, { kid: `${i}` }))
  const outcomes = await Promise.all(made.map(async (token) => taken(verifier, await token)))
  expect(new Set(outcomes)).toEqual(new Set(['bad_token']))
  expect(server.asked).toBe(2)
})

test('a key that was withdrawn ends when the keys have grown old', async () => {
  const server = await served(one, two)
  const verifier = new TestVerifier({ jwks: server.url })
  expect(await taken(verifier, await signed(one))).toBe('alice')
  server.keys = [two.jwk]
  verifier.nowMs += AGE_MS_MAX
  expect(await taken(verifier, await signed(one))).toBe('bad_token')
  expect(await taken(verifier, await signed(two))).toBe('alice')
})

test.each(['fails', 'hangs'] as const)(
  'a server that %s: known keys go on, others cannot be checked now',
  async (mode) => {
    const server = await served(one)
    const verifier = new TestVerifier({ jwks: server.url }, 200)
    expect(await taken(verifier, await signed(one))).toBe('alice')
    server.mode = mode
    verifier.nowMs += AGE_MS_MAX
    expect(await taken(verifier, await signed(one))).toBe('alice')
    const asked = server.asked
    for (let i = 0; i < 3; i++) {
      expect(await taken(verifier, await signed(one))).toBe('alice')
      expect(await taken(verifier, await signed(two))).toBe('auth_unavailable')
    }
    expect(server.asked).toBe(asked)
    expect(verifier.warnings).toHaveLength(1)
    expect(verifier.failed()).toEqual({ unavailable: 3 })
    // It is back, with another key.
    server.mode = 'answers'
    server.keys = [two.jwk]
    verifier.nowMs += COOLDOWN_MS
    expect(await taken(verifier, await signed(two))).toBe('alice')
  },
)

test('a server that hangs is waited for once, not each time that it is asked', async () => {
  const server = await served(one)
  const verifier = new TestVerifier({ jwks: server.url }, 500)
  expect(await taken(verifier, await signed(one))).toBe('alice')
  server.mode = 'hangs'
  verifier.nowMs += AGE_MS_MAX
  expect(await taken(verifier, await signed(one))).toBe('alice')
  expect(verifier.warnings).toHaveLength(1)
  verifier.nowMs += COOLDOWN_MS
  expect(await taken(verifier, await signed(one))).toBe('alice')
  expect(verifier.warnings).toHaveLength(1) // it is still being asked
  await eventually(() => server.asked === 3)
  await eventually(() => verifier.warnings.length === 2)
})

test('a server that was never there: nobody can be checked, until it comes', async () => {
  const server = await served(one)
  server.mode = 'fails'
  const verifier = new TestVerifier({ jwks: server.url })
  expect(await taken(verifier, await signed(one))).toBe('auth_unavailable')
  server.mode = 'answers'
  verifier.nowMs += 1_000
  expect(await taken(verifier, await signed(one))).toBe('alice')
})

test('a server that nobody listens at', async () => {
  const verifier = new TestVerifier({ jwks: 'http://127.0.0.1:1/jwks.json' })
  expect(await taken(verifier, await signed(one))).toBe('auth_unavailable')
  expect(verifier.warnings[0]).toContain('the JWK set cannot be had: ')
})
