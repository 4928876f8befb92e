/**
 * The end of workers: goal: none outlives its supervisor, and a stop is as orderly as that of one server. Method: real
 * processes and signals.
 */
import { expect, onTestFinished, test } from 'vitest'
import { makeCertificate } from '../support/certificate.ts'
import { Client } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { tickwire } from '../support/program.ts'
import { metricsOf } from '../support/serve.ts'
import { isAlive, readinessOf, serveWorkers, workersOf } from '../support/workers.ts'

const CLIENTS = 40
/** Longer than any test: what ends, ends for another reason. */
const LONG_DRAIN = { TICKWIRE_DRAIN_MS: '300000' }

async function crowded(env: Record<string, string>) {
  const server = await serveWorkers(2, env)
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, () => Client.connect(server.url)),
  )
  const pids = [...workersOf(server).values()]
  expect(pids).toHaveLength(2)
  onTestFinished(() => {
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  })
  return { server, clients, pids }
}

test('SIGTERM: unready at once, every client is told and sent away, exit code 0', async () => {
  const { server, clients, pids } = await crowded({ TICKWIRE_DRAIN_MS: '1500' })
  const ended = server.program.terminate()
  await eventually(async () => expect((await readinessOf(server)).status).toBe(503))
  const closes = await Promise.all(clients.map((client) => client.untilClosed()))
  expect(closes).toEqual(Array(CLIENTS).fill({ code: 1012, reason: 'restart' }))
  for (const client of clients) expect(client.counts.goaway).toBe(1)
  expect(await ended, server.program.stderr).toBe(0)
  expect(pids.filter(isAlive)).toEqual([])
}, 30_000)

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s to the whole group, as from a terminal, cuts nothing short',
  async (signal) => {
    const { server, clients, pids } = await crowded(LONG_DRAIN)
    for (const pid of [server.program.pid, ...pids]) process.kill(pid, signal)
    await Promise.all(clients.map((client) => client.until('goaway')))
    for (const pid of pids) process.kill(pid, signal)
    for (const client of clients) await client.request('ping')
    expect(clients.every(({ closed }) => closed === null)).toBe(true)
    expect(pids.every(isAlive)).toBe(true)
  },
  30_000,
)

test('a second signal ends all at once', async () => {
  const { server, clients, pids } = await crowded(LONG_DRAIN)
  process.kill(server.program.pid, 'SIGTERM')
  await clients[0]!.until('goaway')
  expect(await server.program.terminate()).toBe(143)
  await eventually(() => !pids.some(isAlive))
}, 30_000)

test('a supervisor that is killed leaves no orphans: they send their clients away, and end', async () => {
  const { server, clients, pids } = await crowded({
    TICKWIRE_DRAIN_MS: '1500',
    TICKWIRE_DRAIN_NOTICE_MS: '300000', // nobody is there who could notice
  })
  process.kill(server.program.pid, 'SIGKILL')
  const closes = await Promise.all(clients.map((client) => client.untilClosed()))
  expect(closes).toEqual(Array(CLIENTS).fill({ code: 1012, reason: 'restart' }))
  await eventually(() => !pids.some(isAlive))
}, 30_000)

test('a worker that is killed while all are ending is not replaced', async () => {
  const { server, clients, pids } = await crowded(LONG_DRAIN)
  const ended = server.program.terminate()
  await Promise.all(clients.map((client) => client.until('goaway')))
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  expect(await ended).toBe(0)
}, 30_000)

test('SIGHUP reaches all: each reads its certificate again', async () => {
  const certificate = await makeCertificate('first')
  onTestFinished(() => certificate.remove())
  const server = await serveWorkers(2, certificate.env)
  const { tickwire_tls_certificate_expiry_timestamp_seconds: expiry } = await metricsOf(server)
  expect(expiry).toBeGreaterThan(Date.now() / 1_000)
  process.kill(server.program.pid, 'SIGHUP')
  await eventually(async () => {
    const { 'tickwire_tls_reloads_total{outcome="unchanged"}': reloads } = await metricsOf(server)
    expect(reloads).toBe(2)
  })
}, 30_000)

test('without a supervisor no worker runs', async () => {
  const program = tickwire(['serve', '--worker', '1'])
  onTestFinished(() => program.stop())
  expect(await program.ended()).toBe(2)
  expect(program.stderr).toContain('--worker is for tickwire serve itself')
})
