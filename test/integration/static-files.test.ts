/**
 * Serving the live page: goal: the build's files and nothing else, cached for as long as they stay the same. Method:
 * plain HTTP to the real server, and bytes that no client library would send.
 */
import { copyFile, cp } from 'node:fs/promises'
import { request } from 'node:http'
import { connect } from 'node:net'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { type ServerProcess, serveProcess } from '../support/serve.ts'

let server: ServerProcess
/** A hashed file of the page. */
let script = ''

beforeAll(async () => {
  server = await serveProcess({})
  script = /src="\.(\/assets\/[^"]+\.js)"/.exec((await ask('/')).body.toString())![1]!
})

afterAll(() => server.stop())

interface Answer {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: Buffer
}

/** fetch() would unpack, and hide what came. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { port } = server
    const asked = request({ port, path, method, headers }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece) => pieces.push(piece))
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response
        resolve({ status, headers, body: Buffer.concat(pieces) })
      })
    })
    asked.on('error', reject).end()
  })
}

test('/ is the page, asked for anew each time', async () => {
  const { status, headers, body } = await ask('/')
  expect(status).toBe(200)
  expect(headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    etag: expect.stringMatching(/^"[\w-]{22}"$/),
    vary: 'Accept-Encoding',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'content-security-policy': expect.stringContaining(
      `connect-src 'self' ws://localhost:${server.port} wss://localhost:${server.port};`,
    ),
  })
  expect(body.toString()).toMatch(/^<!doctype html>/)
})

test('the page has nothing inline, which its policy would refuse', async () => {
  const page = (await ask('/')).body.toString()
  expect(page).toMatch(/<script[^>]* src=/)
  expect(page).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]* src=)|<meta http-equiv/i)
})

test('a file whose name has a hash is kept for ever', async () => {
  const { status, headers } = await ask(script)
  expect(status).toBe(200)
  expect(headers['cache-control']).toBe('public, max-age=31536000, immutable')
  expect(headers['content-type']).toBe('text/javascript; charset=utf-8')
})

test.each([
  { accepted: 'gzip, deflate, br', encoding: 'br', unpack: brotliDecompressSync },
  { accepted: 'gzip', encoding: 'gzip', unpack: gunzipSync },
])('compressed where it is accepted: $encoding', async ({ accepted, encoding, unpack }) => {
  const plain = await ask(script)
  expect(plain.headers['content-encoding']).toBeUndefined()
  const packed = await ask(script, { 'Accept-Encoding': accepted })
  expect(packed.headers['content-encoding']).toBe(encoding)
  expect(packed.headers.etag).not.toBe(plain.headers.etag)
  expect(packed.body.length).toBeLessThan(plain.body.length / 2)
  expect(unpack(packed.body).equals(plain.body)).toBe(true)
})

test('304 without a body for what the client has', async () => {
  const { headers } = await ask('/')
  const again = await ask('/', { 'If-None-Match': `"old", ${headers.etag}` })
  expect(again.status).toBe(304)
  expect(again.body).toHaveLength(0)
  expect(again.headers).toMatchObject({ etag: headers.etag, 'cache-control': 'no-cache' })
  expect((await ask('/', { 'If-None-Match': '"old"' })).status).toBe(200)
})

test('HEAD says what GET would, without a body, and the connection goes on', async () => {
  const { headers, body } = await ask(script)
  const head = `HEAD ${script} HTTP/1.1\r\nHost: x\r\n\r\n`
  const text = await raw(`${head}${head.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')}`, 2)
  expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2)
  expect(text.match(new RegExp(`content-length: ${body.length}\r\n`, 'gi'))).toHaveLength(2)
  expect(text).toContain(`${headers.etag}`)
  expect(text.endsWith('\r\n\r\n')).toBe(true)
})

/** Sends the bytes, and gives what came once there were so many answers and the server had nothing more to say. */
async function raw(bytes: string, answers = 1): Promise<string> {
  const socket = connect(server.port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  let text = ''
  socket.setEncoding('utf8').on('data', (piece) => {
    text += piece
  })
  socket.on('error', () => {}) // what came is judged, not how it ended
  socket.write(bytes)
  await eventually(() => (text.match(/^HTTP\/1\.1 /gm)?.length ?? 0) >= answers)
  await eventually(() => text.includes('\r\n\r\n'))
  return text
}

test.each([
  '/../package.json',
  '/../../package.json',
  '/assets/../../main.js',
  '/assets/..%2f..%2fmain.js',
  '/%2e%2e/%2e%2e/package.json',
  '/..%5c..%5cpackage.json',
  '//etc/passwd',
  '/etc/passwd',
  '/assets/',
  '/assets',
  '/index.html.br',
  '/files.json',
  '/main.js',
  '/demo/index.html',
])('nothing but the files of the page: %s', async (path) => {
  const text = await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
  expect(text).toMatch(/^HTTP\/1\.1 (404|400) /)
  expect(text).not.toMatch(/root:|"name": "tickwire"|doctype/)
})

test('a host that is none gets into no header', async () => {
  const text = await raw('GET / HTTP/1.1\r\nHost: x;script-src *\r\n\r\n')
  expect(text).toMatch(/connect-src 'self';/)
  expect(text).not.toContain('script-src *')
})

test.each(['POST', 'PUT', 'DELETE'])('%s is refused', async (method) => {
  const { status, headers } = await ask('/', {}, method)
  expect(status).toBe(405)
  expect(headers.allow).toBe('GET')
})

describe('without a page', () => {
  test('TICKWIRE_DEMO=false: / is nowhere, and the rest is as ever', async () => {
    const other = await serveProcess({ TICKWIRE_DEMO: 'false' })
    onTestFinished(() => other.stop())
    expect((await fetch(other.http)).status).toBe(404)
    expect((await fetch(other.http + script)).status).toBe(404)
    expect((await fetch(`${other.http}/api/v1/ticker`)).status).toBe(200)
  })

  test('a build that has none says so once, and serves the rest', async () => {
    const folder = `${inject('build')}/without-page`
    const isServer = (path: string) => !path.startsWith(`${inject('build')}/dist/demo`)
    await cp(`${inject('build')}/dist`, `${folder}/dist`, { recursive: true, filter: isServer })
    await copyFile(`${inject('build')}/package.json`, `${folder}/package.json`)
    const other = await serveProcess({ TICKWIRE_LOG_LEVEL: 'warn' }, [
      process.execPath,
      'without-page/dist/main.js',
      'serve',
    ])
    onTestFinished(() => other.stop())
    expect((await fetch(other.http)).status).toBe(404)
    expect((await fetch(`${other.http}/api/v1/ticker`)).status).toBe(200)
    expect(other.program.stderr.match(/no live page/g)).toHaveLength(1)
  })
})
