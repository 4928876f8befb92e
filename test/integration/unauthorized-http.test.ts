/**
 * The unauthorized ways in by HTTP, as unauthorized.test.ts has those by WebSocket.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
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

function expectNothing({ text }: { text: string }): void {
  expect(text).not.toBe('')
  expect(text).not.toContain(SECRET_VALUE)
}

test.each(Object.keys(BAD_TOKENS))('a token that is %s, in HTTP', async (name) => {
  const headers = { Authorization: `Bearer ${await BAD_TOKENS[name]!(server)}` }
  for (const path of ['/api/v1/ticker/SECRET', '/api/v1/ticker', '/api/v1/demo/A']) {
    const response = await fetch(server.http + path, { headers })
    const text = await response.text()
    expectNothing({ text })
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect(JSON.parse(text).error.name).toBe('bad_token')
  }
})

test.each([
  { path: '/api/v1/ticker/SECRET', status: 403 },
  { path: '/api/v1/ticker/%53ECRET', status: 403 },
  { path: '/api/v1/ticker/NOTHING', status: 403 },
  { path: '/api/v1/book', status: 403 },
  { path: '/api/v1/nothing', status: 403 },
])('HTTP with a token for other topics: $path', async ({ path, status }) => {
  const headers = { Authorization: `Bearer ${await pair.token(['ticker:MINE'])}` }
  const response = await fetch(server.http + path, { headers })
  const text = await response.text()
  expect(response.status).toBe(status)
  expectNothing({ text })
  expect(JSON.parse(text).error.name).toBe('not_allowed')
})

test('an HTTP list holds what is allowed, and no more', async () => {
  const headers = { Authorization: `Bearer ${await pair.token(['ticker:MINE', 'ticker:NONE'])}` }
  const response = await fetch(`${server.http}/api/v1/ticker`, { headers })
  const text = await response.text()
  expect(JSON.parse(text).records).toMatchObject([{ topic: 'ticker:MINE' }])
  expect(text).not.toContain('SECRET')
})

test.each(['/api/v1/ticker/SECRET', '/api/v1/ticker/NOTHING', '/api/v1/ticker'])(
  'HTTP without a token: %s',
  async (path) => {
    const response = await fetch(server.http + path)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expectNothing({ text: await response.text() })
  },
)

test.each(['HEAD', 'POST', 'OPTIONS', 'PUT'])('%s tells nothing', async (method) => {
  const headers = { Authorization: `Bearer ${await pair.token([])}` }
  const sizes = await Promise.all(
    ['SECRET', 'NOTHING'].map(async (key) => {
      const url = `${server.http}/api/v1/ticker/${key}`
      const { status, headers: told } = await fetch(url, { method, headers })
      return [status, told.get('content-length')]
    }),
  )
  expect(sizes[0]).toEqual(sizes[1])
  expect(sizes[0]![0]).toBe(405)
})

test('the admin port tells nothing of records', async () => {
  for (const path of ['/metrics', '/lanes', '/livez', '/readyz']) {
    expect(await (await fetch(server.admin + path)).text()).not.toContain('SECRET')
  }
})
