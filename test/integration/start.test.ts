/**
 * The first minute: what `npm start` starts serves the simulator without a Redis, `tail` prints it, and SIGTERM ends it.
 */
import { readFile } from 'node:fs/promises'
import { expect, inject, onTestFinished, test } from 'vitest'
import { Client } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { type Program, tickwire } from '../support/program.ts'
import { freePort } from '../support/redis.ts'
import { type ServerProcess, serveProcess } from '../support/serve.ts'

/** Whoever tries it out waits no longer for the first prices. */
const START_MS = 5_000

// Of a machine that stands still for seconds, which is not the server's doing.
const AGAIN = { retry: 2 }

test('npm start serves the simulator within 5 s, without a Redis', AGAIN, async () => {
  const beganAtMs = performance.now()
  const server = await serverHere(await startCommand())
  const list = await eventually(
    async () => {
      const response = await fetch(`${server.http}/api/v1/ticker`)
      const body = (await response.json()) as { feed: string; records: unknown[] }
      expect(body).toMatchObject({ feed: 'live', records: expect.any(Array) })
      expect(body.records).toHaveLength(200)
      return body
    },
    { timeoutMs: START_MS },
  )
  expect(performance.now() - beganAtMs).toBeLessThan(START_MS)
  expect(list.records[0]).toMatchObject({ data: { bid: expect.any(String) } })
  expect(server.program.stdout).toContain('simulator')
  const ready = await fetch(`${server.admin}/readyz`)
  expect(ready.status).toBe(200)
  expect(await ready.json()).toMatchObject({ ready: true, feed: 'live' })
  const client = await Client.connect(server.url)
  expect(client.notices[0]).toMatchObject({ type: 'hello', source: 'simulator', feed: 'live' })
})

test.each(['json', 'msgpack'])(
  'tail prints what a server sends as JSON lines (%s)',
  async (dialect) => {
    const server = await serverHere()
    const args = ['--dialect', dialect, '--count', '5', 'ticker:*']
    const program = tail(server.port, args)
    expect(await program.ended(), program.stderr).toBe(0)
    const lines = program.stdout.trimEnd().split('\n')
    expect(lines).toHaveLength(5)
    for (const line of lines) {
      expect(JSON.parse(line)).toEqual({
        type: 'full',
        topic: expect.stringMatching(/^ticker:/),
        seq: expect.any(Number),
        data: expect.objectContaining({ bid: expect.any(String) }),
      })
    }
  },
)

test('tail of what is no topic says so, and ends with 1', async () => {
  const server = await serverHere()
  const program = tail(server.port, ['tick er'])
  expect(await program.ended()).toBe(1)
  expect(program.stderr).toContain('tick er: not a topic name (bad_topic)')
  expect(program.stdout).toBe('')
})

test('tail where nothing listens says so, and ends with 1', async () => {
  const port = await freePort()
  const program = tail(port, ['ticker:*'])
  expect(await program.ended()).toBe(1)
  expect(program.stderr).toBe(
    `tickwire: nothing listens at ws://127.0.0.1:${port}/ws (connection refused)\n`,
  )
})

test('SIGTERM ends the server with 0; its clients are told to come back', async () => {
  const server = await serverHere()
  const clients = [
    await Client.connect(server.url),
    await Client.connect(server.url, { dialect: 'msgpack' }),
  ]
  for (const client of clients) await client.subscribe(['ticker:*'])
  const follower = tail(server.port, ['ticker:*'])
  await eventually(() => follower.stdout !== '')

  expect(await server.program.terminate(), server.program.stderr).toBe(0)
  for (const client of clients) {
    expect(await client.untilClosed()).toEqual({ code: 1012, reason: 'restart' })
    expect(client.notices.at(-1)).toMatchObject({ type: 'goaway', reason: 'restart' })
  }
  expect(await follower.ended()).toBe(1)
  expect(follower.stderr).toContain('the server closed the connection: 1012 restart')
})

/** What package.json says that `npm start` runs, by the Node that runs the tests. */
async function startCommand(): Promise<string[]> {
  const text = await readFile(`${inject('build')}/package.json`, 'utf8')
  const { scripts } = JSON.parse(text) as { scripts: { start: string } }
  return scripts.start.replace(/^node /, `${process.execPath} `).split(' ')
}

async function serverHere(command?: string[]): Promise<ServerProcess> {
  const server = await serveProcess({}, command)
  onTestFinished(server.stop)
  return server
}

function tail(port: number, args: string[]): Program {
  const program = tickwire(['tail', '--url', `ws://127.0.0.1:${port}/ws`, ...args])
  onTestFinished(() => program.stop())
  return program
}
