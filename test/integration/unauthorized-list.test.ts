/**
 * A list that is read slowly: goal: whoever takes a list of the HTTP API for as long as they like gets nothing of it that
 * is newer than their token. Method: a list larger than what sockets hold, of which nothing is read until the token has
 * ended.
 */
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { startServer } from '../support/server.ts'
import { AUTH_ENV, tokenFor } from '../support/tokens.ts'

const TOPICS = 4_000
const TEXT = 'x'.repeat(4_000)
/** As the server's, of clocks. */
const TOLERANCE_MS = 5_000

async function listed(lifeMs: number): Promise<string> {
  const server = await startServer(AUTH_ENV)
  for (let i = 0; i < TOPICS; i++) server.source.update(`t:${i}`, { a: TEXT, b: TEXT })
  const endS = Math.floor((Date.now() - TOLERANCE_MS + lifeMs) / 1_000)
  const token = await tokenFor(['**'], { claims: { exp: endS } })
  const socket = connect(server.port, '127.0.0.1')
  try {
    let text = ''
    let isClosed = false
    socket.on('close', () => {
      isClosed = true
    })
    socket.on('error', () => {}) // a reset is an end too
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
    })
    socket.write(`GET /api/v1/t HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n\r\n`)
    await eventually(() => text !== '')
    socket.pause()
    await eventually(() => lifeMs > TOLERANCE_MS || Date.now() > endS * 1_000 + TOLERANCE_MS)
    socket.resume()
    await eventually(() => isClosed || text.endsWith('0\r\n\r\n'))
    return text
  } finally {
    socket.destroy()
    await server.stop()
  }
}

test('a token that ends cuts off the list that it was for', async () => {
  const text = await listed(4_900)
  expect(text).toMatch(/^HTTP\/1.1 200 OK/)
  expect(text).not.toContain(`"t:${TOPICS - 1}"`)
  expect(text).not.toContain(']}\n')
})

test('and one that does not gets all of it, however slowly', async () => {
  const text = await listed(3_600_000)
  expect(text).toContain(`"t:${TOPICS - 1}"`)
})
