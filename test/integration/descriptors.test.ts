/**
 * File descriptors run out: a server process that may have few of them, and clients that connect and say nothing.
 * Who was there goes on, the process does not spin, Redis and the admin port get theirs, and when the others have
 * gone, new clients get in.
 */
import { readdir } from 'node:fs/promises'
import { expect, onTestFinished, test } from 'vitest'
import { makeCertificate } from '../support/certificate.ts'
import { Client } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { type Env, tickwire } from '../support/program.ts'
import { handshake, RawClient } from '../support/raw-client.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { metricOf, type ServerProcess, serveProcess } from '../support/serve.ts'

const FILES_MAX = 128
/** More than there are descriptors, and fewer than the kernel lets wait. */
const IDLE = 400
/** Those that connect and say nothing are cut off by uWebSockets.js itself, after 10 to 14 s. */
const GONE_MS = 40_000

test('sockets beyond the limit are cut: who was there goes on, and others get in afterwards', async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const server = await serveWith({ TICKWIRE_REDIS_URL: redis.url })
  publish(redis)
  const honest = await Client.connect(server.url)
  await honest.subscribe(['ticker:*'])
  await goesOn(honest)

  const idle = await Promise.all(Array.from({ length: IDLE }, () => RawClient.connect(server.port)))
  onTestFinished(() => idle.forEach((client) => void client.destroy()))
  await eventually(async () => {
    expect(await metricOf(server, 'tickwire_sockets_accepted_total')).toBe(IDLE + 1)
  })
  const cut = await metricOf(server, 'tickwire_sockets_cut_total')
  expect(cut).toBeGreaterThan(IDLE - FILES_MAX)
  expect(await metricOf(server, 'tickwire_http_sockets')).toBe(IDLE - cut)
  expect((await readdir(`/proc/${server.program.pid}/fd`)).length).toBeLessThan(FILES_MAX - 16)
  expect(server.program.stderr).toContain('too few file descriptors: sockets are cut')
  // There is one for Redis, though no client has gone.
  await redis.restart()
  await eventually(async () => (await metricOf(server, 'tickwire_feed_downs_total')) > 0)
  publish(redis) // the one that was there has ended with its Redis
  await goesOn(honest)

  await eventually(() => idle.every(({ hasEnded }) => hasEnded), { timeoutMs: GONE_MS })
  expect(await metricOf(server, 'tickwire_http_sockets')).toBe(0)
  const late = await Client.connect(server.url)
  await late.subscribe(['ticker:*'])
  await goesOn(late)
}, 90_000)

test('with TLS too, before and after a renewal', async () => {
  const certificate = await makeCertificate('first')
  onTestFinished(() => certificate.remove())
  const server = await serveWith(certificate.env)
  for (const name of ['first', 'second']) {
    if (name === 'second') {
      await certificate.renew(name)
      process.kill(server.program.pid, 'SIGHUP')
      await eventually(async () => {
        expect(await metricOf(server, 'tickwire_tls_reloads_total{outcome="renewed"}')).toBe(1)
      })
    }
    const honest = await Client.connect(server.url, { ca: await certificate.pem() })
    await honest.subscribe(['ticker:*'])
    const before = await metricOf(server, 'tickwire_sockets_cut_total')
    const connecting = Array.from({ length: IDLE }, () => RawClient.connect(server.port))
    const idle = await Promise.all(connecting)
    await eventually(async () => {
      const cut = (await metricOf(server, 'tickwire_sockets_cut_total')) - before
      expect(cut).toBeGreaterThan(IDLE - FILES_MAX)
    })
    await goesOn(honest)
    for (const client of idle) client.destroy()
    await eventually(async () => {
      expect(await metricOf(server, 'tickwire_http_sockets')).toBe(0)
    })
  }
}, 60_000)

test('a limit of files below TICKWIRE_MAX_CONNECTIONS is said, and is the limit of connections', async () => {
  const server = await serveWith({ TICKWIRE_MAX_CONNECTIONS: '100' })
  const line = server.program.stderr.split('\n').find((it) => it.includes('limit of open files'))
  const { filesMax, wanted, connectionsMax } = JSON.parse(line ?? '{}') as Record<string, number>
  expect({ filesMax, wanted }).toEqual({ filesMax: FILES_MAX, wanted: 100 })
  for (let i = 0; i < connectionsMax!; i++) await Client.connect(server.url)
  const oneTooMany = await RawClient.connect(server.port)
  onTestFinished(() => oneTooMany.destroy())
  oneTooMany.send(handshake('json'))
  await eventually(() => oneTooMany.received.includes('503'))
  expect(oneTooMany.received.toString()).toContain('server_full')
  expect(await metricOf(server, 'tickwire_connections')).toBe(connectionsMax)
  expect(await metricOf(server, 'tickwire_sockets_cut_total')).toBe(0)
})

/** A server that may have FILES_MAX descriptors. */
async function serveWith(env: Env): Promise<ServerProcess> {
  const command = `ulimit -n ${FILES_MAX}; exec ${process.execPath} dist/main.js serve`
  const server = await serveProcess({ ...env, TICKWIRE_LOG_LEVEL: 'warn' }, ['sh', '-c', command])
  onTestFinished(() => server.stop())
  return server
}

function publish({ url }: TestRedis): void {
  const publisher = tickwire(['publish', '--redis', url, '--simulate', '--rate', '200'])
  onTestFinished(() => publisher.stop())
}

/** It is sent something new. */
async function goesOn(client: Client): Promise<void> {
  const { frameCount } = client
  await eventually(() => client.frameCount > frameCount + 5, { timeoutMs: 20_000 })
  expect(client.closed).toBeNull()
}
