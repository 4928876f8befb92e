/**
 * Workers: goal: several processes on one port are one server, to clients and to operators. Method: real processes, real
 * Redis; clients by ws, figures by the admin port.
 */

import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { Attempt } from '../support/attempt.ts'
import { Client } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { Load } from '../support/load.ts'
import { tickwire } from '../support/program.ts'
import { freePort, startRedis, type TestRedis } from '../support/redis.ts'
import { metricsOf, serveProcess } from '../support/serve.ts'
import { temporaryFile } from '../support/temporary-file.ts'
import { connectionsByWorker, readinessOf, serveWorkers, workersOf } from '../support/workers.ts'

/** The kernel deals connections by a hash: that one of four gets less than 10 of so many is one case in 10^12. */
const CONNECTIONS = 200

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

test('connections spread over all workers; clients are exact, and the figures are of all', async () => {
  const server = await serveWorkers(4, { TICKWIRE_REDIS_URL: redis.url })
  const load = new Load(redis.url, { topics: 20, updatesPerS: 500, updateBytes: 100 })
  onTestFinished(() => load.stop())
  const clients: Client[] = []
  for (let i = 0; i < CONNECTIONS; i++) clients.push(await Client.connect(server.url))
  await Promise.all(clients.map((client) => client.subscribe(['ticker:*'])))
  await load.check(...clients)

  // A worker that is late with its answer counts as silent, and is left out.
  await eventually(async () => {
    const counts = await connectionsByWorker(server)
    expect([...counts.keys()].sort()).toEqual([1, 2, 3, 4])
    expect(Math.min(...counts.values())).toBeGreaterThan(9)
  })
  const servers = new Set(clients.map(({ notices }) => notices[0]!.server))
  expect(servers.size).toBe(4)

  await eventually(async () =>
    expect(await readinessOf(server)).toMatchObject({
      ...{ status: 200, ready: true, reasons: [] },
      ...{ feed: 'live', topics: 20, connections: CONNECTIONS },
    }),
  )
  await eventually(async () =>
    expect(await metricsOf(server)).toMatchObject({
      tickwire_workers: 4,
      tickwire_workers_wanted: 4,
      tickwire_connections: CONNECTIONS,
      tickwire_connections_opened_total: CONNECTIONS,
      tickwire_subscriptions: CONNECTIONS * 20,
      'tickwire_lanes{hold="none"}': expect.any(Number),
      tickwire_topics: 20,
      'tickwire_feed_state{state="live"}': 1,
      'tickwire_feed_state{state="down"}': 0,
      'tickwire_build_info{version="0.1.0"}': 1,
      tickwire_draining: 0,
      tickwire_worker_restarts_total: 0,
      tickwire_worker_silences_total: expect.any(Number),
    }),
  )
  await eventually(async () => {
    const slowest = await (await fetch(`${server.admin}/lanes?top=7`)).json()
    expect(slowest).toMatchObject({ count: CONNECTIONS, lanes: { length: 7 } })
  })
}, 60_000)

test('limits are divided: a full worker refuses', async () => {
  const server = await serveWorkers(2, { TICKWIRE_MAX_CONNECTIONS: '5' })
  const attempts = await Promise.all(Array.from({ length: 60 }, () => Attempt.start(server.url)))
  expect(attempts.filter(({ status }) => status === 101)).toHaveLength(6) // two times 3
  await eventually(async () =>
    expect(await metricsOf(server)).toMatchObject({
      tickwire_connections: 6,
      'tickwire_handshakes_refused_total{fault="server_full"}': 54,
    }),
  )
})

test('profiles are of the worker that is named', async () => {
  const server = await serveWorkers(2, { TICKWIRE_PROFILES: 'true' })
  const statusOf = async (path: string) => (await fetch(`${server.admin}/profile/${path}`)).status
  expect(await statusOf('cpu?seconds=1')).toBe(400)
  expect(await statusOf('cpu?seconds=1&worker=3')).toBe(400)
  const both = ['cpu?seconds=1&worker=1', 'cpu?seconds=1&worker=1', 'cpu?seconds=1&worker=2']
  expect((await Promise.all(both.map(statusOf))).sort()).toEqual([200, 200, 503])
  const response = await fetch(`${server.admin}/profile/heap?worker=2`)
  const snapshot = (await response.json()) as { snapshot: { node_count: number } }
  expect(snapshot.snapshot.node_count).toBeGreaterThan(10_000)
  expect(await statusOf('cpu?seconds=1&worker=2')).toBe(200)
}, 60_000)

test('whoever goes away while a snapshot is sent does not block the next', async () => {
  const server = await serveWorkers(2, { TICKWIRE_PROFILES: 'true' })
  const giveUp = new AbortController()
  const response = await fetch(`${server.admin}/profile/heap?worker=1`, { signal: giveUp.signal })
  giveUp.abort()
  await expect(response.text()).rejects.toThrow()
  await eventually(async () => (await fetch(`${server.admin}/profile/cpu?seconds=1&worker=1`)).ok, {
    timeoutMs: 30_000,
  })
}, 60_000)

test('all listen on the port that is set, and log lines tell which one speaks', async () => {
  const port = await freePort()
  const server = await serveWorkers(3, { TICKWIRE_PORT: `${port}`, TICKWIRE_LOG_LEVEL: 'info' })
  expect(server.port).toBe(port)
  await eventually(() => {
    const lines = server.program.stderr.split('\n').flatMap((line) => {
      return line.includes('server started') ? [JSON.parse(line) as object] : []
    })
    expect(lines).toHaveLength(3)
    for (const worker of [1, 2, 3]) {
      expect(lines).toContainEqual(expect.objectContaining({ worker, port }))
    }
  })
})

test.each(['127.0.0.1 alone', 'as one that shares'])(
  'a port that somebody has (%s) is refused',
  async (how) => {
    const port = await freePort()
    if (how === '127.0.0.1 alone') {
      const other = createServer().listen(port, '127.0.0.1')
      await once(other, 'listening')
      onTestFinished(() => void other.close())
    } else {
      const env = { TICKWIRE_PORT: `${port}`, TICKWIRE_SHARE_PORT: 'true' }
      const other = await serveProcess(env)
      onTestFinished(() => other.stop())
    }
    expect(await failure({ TICKWIRE_PORT: `${port}` })).toBe(
      `tickwire: cannot listen on 127.0.0.1:${port}: the port is taken or not ours to use\n`,
    )
  },
)

test('two supervisors that both say so share a port', async () => {
  const env = { TICKWIRE_PORT: `${await freePort()}`, TICKWIRE_SHARE_PORT: 'true' }
  const [first, second] = [await serveWorkers(2, env), await serveWorkers(2, env)]
  expect(first.port).toBe(second.port)
})

test('an admin port that is taken ends the start', async () => {
  const server = await serveWorkers(2)
  const adminPort = new URL(server.admin).port
  expect(await failure({ TICKWIRE_ADMIN_PORT: adminPort })).toContain(`:${adminPort}: the port is`)
})

test('what no worker can start with ends the start, in its words, once', async () => {
  const { path, remove } = await temporaryFile('cert.pem', 'no certificate')
  onTestFinished(remove)
  const why = await failure({ TICKWIRE_TLS_CERT: path, TICKWIRE_TLS_KEY: path })
  expect(why).toContain(path)
  expect(why.trim().split('\n')).toHaveLength(1)
})

test.each(['0', '65', '-1', 'all'])('TICKWIRE_WORKERS=%s is refused', async (count) => {
  expect(await failure({ TICKWIRE_WORKERS: count })).toBe(
    `tickwire: TICKWIRE_WORKERS must be a whole number from 1 to 64, or auto, not "${count}"\n`,
  )
})

test('auto is a worker for each core', async () => {
  const { availableParallelism } = await import('node:os')
  const server = await serveWorkers(0, { TICKWIRE_WORKERS: 'auto' })
  const cores = availableParallelism()
  expect(workersOf(server).size).toBe(cores === 1 ? 0 : cores)
})

/** What a start that fails says on stderr. */
async function failure(env: Record<string, string>): Promise<string> {
  const program = tickwire(['serve'], {
    ...{ TICKWIRE_WORKERS: '2', TICKWIRE_PORT: '0', TICKWIRE_ADMIN_PORT: '0' },
    ...{ TICKWIRE_LOG_LEVEL: 'silent', ...env },
  })
  onTestFinished(() => program.stop())
  expect(await program.ended(), program.stdout).toBe(1)
  return program.stderr
}
