/**
 * docs/client.md: each sample compiles as it stands, and run as it stands against a real server does what the page says.
 * Only the server's address is put in. The samples find `tickwire/client` as a program does that has installed it.
 */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { Program } from '../support/program.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { AUTH_ENV, tokenFor } from '../support/tokens.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const PAGE = readFileSync(`${ROOT}docs/client.md`, 'utf8')
const ADDRESS = 'ws://127.0.0.1:9000/ws'
const TOKENS = 'https://login.example/token'
const SAMPLES = [...PAGE.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!)
const OPTIONS = [
  ...['--ignoreConfig', '--strict', '--skipLibCheck', '--exactOptionalPropertyTypes'],
  ...['--target', 'es2023', '--module', 'nodenext', '--types', 'node'],
]

let folder: string
let server: TestServer
/** One that wants tokens, and who gives them. */
let guarded: TestServer
let login: Server
/** What the compiler had to say. */
let compiled = ''

beforeAll(async () => {
  // Below the build, so that node_modules is found further up and the package by its own name.
  folder = `${inject('build')}/samples-${process.pid}`
  await mkdir(`${folder}/node_modules`, { recursive: true })
  await symlink(inject('build'), `${folder}/node_modules/tickwire`)
  await writeFile(`${folder}/package.json`, '{"type":"module"}')
  server = await startServer()
  server.source.update('ticker:BTC-USD', { bid: '58721.2', ask: '58721.3' })
  server.source.update('ticker:ETH-USD', { bid: '1.5', ask: '1.6' })
  guarded = await startServer(AUTH_ENV)
  guarded.source.update('ticker:BTC-USD', { bid: '58721.2' })
  const token = await tokenFor(['ticker:**'])
  login = createServer((_request, response) => response.end(token)).listen(0, '127.0.0.1')
  await once(login, 'listening')
  const { port } = login.address() as { port: number }
  for (const [i, code] of SAMPLES.entries()) {
    if (!code.includes(ADDRESS)) throw new Error(`sample ${i} connects to another address`)
    const { url } = code.includes(TOKENS) ? guarded : server
    const here = code.replace(ADDRESS, `${url}/ws`).replace(TOKENS, `http://127.0.0.1:${port}`)
    await writeFile(`${folder}/sample-${i}.ts`, here)
  }
  const files = SAMPLES.map((_, i) => `${folder}/sample-${i}.ts`)
  const tsc = promisify(execFile)(`${ROOT}node_modules/.bin/tsc`, [...OPTIONS, ...files], {
    cwd: folder,
  })
  compiled = await tsc.then(
    () => '',
    (error: { stdout: string }) => error.stdout || 'it does not run',
  )
}, 40_000)

afterAll(async () => {
  await server?.stop()
  await guarded?.stop()
  login?.close()
  await rm(folder, { recursive: true, force: true })
})

test('there are four samples', () => {
  expect(SAMPLES).toHaveLength(4)
})

test('they compile', () => {
  expect(compiled).toBe('')
})

test('the ten lines: prices of both topics, and whether they are to be believed', async () => {
  const program = run(0)
  await eventually(() => {
    expect(program.stdout).toContain('ticker:BTC-USD 58721.2 58721.3\n')
    expect(program.stdout).toContain('ticker:ETH-USD 1.5 1.6\n')
    expect(program.stdout).toContain('up to date\n')
  })
  server.source.down('a test')
  onTestFinished(() => server.source.up())
  await eventually(() => expect(program.stdout).toContain('do not trade on this: feed_down\n'))
})

test('the bot: reads until it leaves the loop, and ends', async () => {
  const program = run(1)
  expect(await program.ended(), program.stderr).toBe(0)
  expect(program.stdout).toContain('ticker:ETH-USD: 1.5, 0 skipped, live\n')
})

test('subscriptions: what is new, what is known, and an end', async () => {
  const program = run(2)
  expect(await program.ended(), program.stderr).toBe(0)
  expect(program.stdout).toContain('ticker:BTC-USD is new\n')
  expect(program.stdout).toContain('bid 58721.2 true\n')
  expect(program.stdout).not.toContain('fault')
})

test('tokens: who it is, and what it may read', async () => {
  const program = run(3)
  expect(await program.ended(), program.stderr).toBe(0)
  expect(program.stdout).toMatch(/signed in: alice \d{13}\n/)
  expect(program.stdout).toContain('ticker:BTC-USD 58721.2 as it comes\n')
  expect(program.stdout).toContain('allowed: true\n')
  expect(program.stdout).not.toContain('fault')
})

test('the page names every event, option and figure that there is', () => {
  const source = (name: string) => readFileSync(`${ROOT}src/client/${name}.ts`, 'utf8')
  const namesIn = (text: string, from: string) => {
    const body = text.slice(text.indexOf(from), text.indexOf('\n}', text.indexOf(from)))
    return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name]) => name!)
  }
  const names = [
    ...namesIn(source('events'), 'export interface ClientEvents'),
    ...namesIn(source('options'), 'export interface ClientOptions'),
    ...namesIn(source('options'), 'export interface ClientStats'),
    ...namesIn(source('handle'), 'export interface Update '),
  ]
  expect(names.length).toBeGreaterThan(25)
  expect(names.filter((name) => !PAGE.includes(`\`${name}\``))).toEqual([])
})

function run(sample: number): Program {
  const program = new Program([process.execPath, `${folder}/sample-${sample}.js`])
  onTestFinished(() => program.stop())
  return program
}
