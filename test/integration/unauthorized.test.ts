/**
 * Every unauthorized way in that SECURITY.md names is tried against a real server, and refused: what is secret reaches
 * nobody, and each is told why. A good token, at the end, shows that there was something to be had.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Attempt, type AttemptOptions } from '../support/attempt.ts'
import { eventually } from '../support/eventually.ts'
import {
  BAD_TOKENS,
  type ForbiddenServer,
  SECRET_VALUE,
  startForbidden,
} from '../support/forbidden.ts'
import type { KeyPair } from '../support/tokens.ts'

let server: ForbiddenServer
let pair: KeyPair

beforeAll(async () => {
  server = await startForbidden()
  pair = server.pair
})

afterAll(() => server?.stop())

const subscribe = (...topics: string[]) => ({ id: 's', method: 'subscribe', params: { topics } })
const auth = (token: string) => ({ id: 'a', method: 'auth', params: { token } })
const SECRET = subscribe('ticker:SECRET')

/** Connects, says all of this at once, and reads what comes while the secret is published twice more. */
async function tried(requests: object[], options?: AttemptOptions): Promise<Attempt> {
  const attempt = await Attempt.start(server.url, options)
  if (attempt.status === 101) attempt.say(...requests)
  for (let i = 0; i < 2; i++) {
    await attempt.settled()
    server.publish()
  }
  await attempt.settled()
  await attempt.end()
  return attempt
}

function expectNothing({ text }: { text: string }): void {
  expect(text).not.toBe('')
  expect(text).not.toContain(SECRET_VALUE)
}

test.each(Object.keys(BAD_TOKENS))('a token that is %s, in the first request', async (name) => {
  const token = await BAD_TOKENS[name]!(server)
  const attempt = await tried([auth(token), SECRET, subscribe('ticker:*')])
  expectNothing(attempt)
  expect(attempt.text).toContain('"name":"bad_token"')
  expect(attempt.text).not.toContain('"id":"s"')
  expect(attempt.code).toBe(4502)
})

test.each(Object.keys(BAD_TOKENS))('a token that is %s, in the handshake', async (name) => {
  const token = await BAD_TOKENS[name]!(server)
  const headers = { Authorization: `Bearer ${token}` }
  const attempt = await tried([], { headers, first: [SECRET, subscribe('ticker:*')] })
  expectNothing(attempt)
  expect(attempt.text).toContain('"name":"bad_token"')
  expect(attempt.text).not.toContain('"id":"s"')
  // What has not the form of a token is not let in to be checked.
  const hasForm = /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)
  expect(attempt).toMatchObject(hasForm ? { status: 101, code: 4502 } : { status: 401 })
})

const DELTA = { id: 's', method: 'subscribe', params: { topics: ['ticker:SECRET'], mode: 'delta' } }
const MANY = subscribe('demo:A', 'ticker:SECRET', 'ticker:SECRET-TOO')

test.each([
  { way: 'a topic', requests: [SECRET] },
  { way: 'delta mode', requests: [DELTA] },
  { way: 'a whole channel', requests: [subscribe('ticker:*')] },
  { way: 'among what is public', requests: [MANY] },
  { way: 'to unsubscribe first', requests: [{ ...SECRET, method: 'unsubscribe', id: 0 }, SECRET] },
  { way: 'a token beside the params', requests: [{ ...SECRET, token: 'eyJ.e30.x' }] },
])('no token: $way', async ({ requests }) => {
  const attempt = await tried(requests)
  expectNothing(attempt)
  expect(attempt.text).toContain('"name":"auth_required"')
  expect(attempt.code).toBe(1005) // nothing but its own close
})

test.each([
  { way: 'a cookie', headers: (token: string) => ({ Cookie: `token=${token}; auth=${token}` }) },
  { way: 'a header of its own', headers: (token: string) => ({ 'X-Auth-Token': token }) },
  { way: 'another scheme', headers: (token: string) => ({ Authorization: `Basic ${token}` }) },
  { way: 'no scheme', headers: (token: string) => ({ Authorization: token }) },
])('a good token in $way counts for nothing', async ({ headers }) => {
  const token = await pair.token(['**'])
  const attempt = await tried([SECRET], { headers: headers(token) })
  expectNothing(attempt)
  expect(attempt.text).toContain('"auth":"anonymous"')
  expect(attempt.text).toContain('"name":"auth_required"')
  const response = await fetch(`${server.http}/api/v1/ticker/SECRET`, { headers: headers(token) })
  expect(response.status).toBe(401)
  expect(await response.json()).toMatchObject({ error: { name: 'auth_required' } })
})

test('a good token as ?token=, which is off', async () => {
  const token = await pair.token(['**'])
  const attempt = await tried([SECRET], { query: `?token=${token}` })
  expect(attempt.status).toBe(401)
  expectNothing(attempt)
  const response = await fetch(`${server.http}/api/v1/ticker/SECRET?token=${token}`)
  expect(response.status).toBe(401)
  expectNothing({ text: await response.text() })
})

test('a good token as a subprotocol without its name', async () => {
  const protocols = ['tickwire.v1.json', await pair.token(['**'])]
  const attempt = await tried([SECRET], { protocols })
  expectNothing(attempt)
  expect(attempt.text).toContain('"auth":"anonymous"')
})

test.each([
  { way: 'a topic', requests: [SECRET] },
  { way: 'delta mode', requests: [DELTA] },
  { way: 'among what is allowed', requests: [subscribe('ticker:MINE', 'ticker:SECRET')] },
  { way: 'a channel of which nothing is allowed', requests: [subscribe('book:*')] },
])('a token for other topics: $way', async ({ requests }) => {
  const attempt = await tried([auth(await pair.token(['ticker:MINE'])), ...requests])
  expectNothing(attempt)
  expect(attempt.text).toContain('"name":"not_allowed"')
})

test('a token for a part of a channel gives that part, topics to come included', async () => {
  const all = subscribe('ticker:*', 'demo:*')
  const attempt = await tried([auth(await pair.token(['ticker:MINE'])), all])
  expectNothing(attempt)
  expect(attempt.text).toContain('"topic":"ticker:MINE","seq"')
  expect(attempt.text).toContain('"topic":"demo:A","seq"')
  expect(attempt.text).toMatch(/"topic":"ticker:\*"[^}]*"heldCount":1[,}]/)
  expect(attempt.text).not.toContain('SECRET')
})

test('a refresh to another subject', async () => {
  const mine = await pair.token(['ticker:MINE'])
  const other = await pair.token(['**'], { claims: { sub: 'bob' } })
  const attempt = await tried([auth(mine), auth(other), SECRET])
  expectNothing(attempt)
  expect(attempt.text).toContain('"name":"bad_token"')
  expect(attempt.text).toContain('"name":"not_allowed"')
})

test('what a refresh took away', async () => {
  const all = await pair.token(['ticker:**'])
  const less = await pair.token(['ticker:MINE'])
  const wishes = subscribe('ticker:SECRET', 'ticker:*')
  const attempt = await Attempt.start(server.url)
  attempt.say(auth(all), wishes)
  await attempt.settled()
  expect(attempt.text).toContain(SECRET_VALUE)
  attempt.say({ ...auth(less), id: 'less' })
  await attempt.settled()
  expect(attempt.text).toContain('"id":"less"')
  attempt.text = attempt.text.slice(attempt.text.indexOf('"id":"less"'))
  server.publish()
  await attempt.settled()
  await attempt.end()
  expectNothing(attempt)
  expect(attempt.text).toContain('"topic":"ticker:MINE","seq"')
})

test('after the token has expired', async () => {
  // Within the tolerance, so that it is accepted, and ends in a few seconds.
  const token = await pair.token(['**'], { claims: { exp: Math.floor(Date.now() / 1_000) + 1 } })
  const attempt = await Attempt.start(server.url)
  attempt.say(auth(token))
  await attempt.settled()
  expect(attempt.text).toContain('"subject":"alice"')
  await eventually(() => attempt.code !== null)
  expect(attempt.code).toBe(4003)
  expect(attempt.text).toContain('"type":"auth_expiring"')
  const again = await tried([auth(token), SECRET])
  expectNothing(again)
  expect(again.code).toBe(4502)
})

test('and a good token gets it, by every way that is one', async () => {
  const token = await pair.token(['ticker:SECRET'])
  const headers = { Authorization: `Bearer ${token}` }
  const protocols = ['tickwire.v1.json', `bearer.${token}`]
  const attempts = [
    await tried([auth(token), SECRET]),
    await tried([SECRET], { headers }),
    await tried([SECRET], { protocols }),
  ]
  for (const { text } of attempts) expect(text).toContain(SECRET_VALUE)
  const response = await fetch(`${server.http}/api/v1/ticker/SECRET`, { headers })
  expect(await response.json()).toMatchObject({ data: { bid: SECRET_VALUE } })
  const open = await tried([subscribe('demo:*')])
  expect(open.text).toContain('"topic":"demo:A","seq"')
  expect((await fetch(`${server.http}/api/v1/demo/A`)).status).toBe(200)
})
