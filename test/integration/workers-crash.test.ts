/**
 * Workers that crash: goal: whoever is on another worker notices nothing, whoever was on it comes back and ends exact, and
 * figures do not fall. Method: kill -9 under load, real processes, real Redis.
 */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { Client } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { Load } from '../support/load.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { metricsOf, type ServerProcess } from '../support/serve.ts'
import { isAlive, readinessOf, serveWorkers, workersOf } from '../support/workers.ts'

const CLIENTS = 60
const PATIENCE = { timeoutMs: 30_000 }

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

function loaded(): Load {
  const load = new Load(redis.url, { topics: 20, updatesPerS: 500, updateBytes: 100 })
  onTestFinished(() => load.stop())
  return load
}

async function join(server: ServerProcess): Promise<Client> {
  const client = await Client.connect(server.url)
  await client.subscribe(['ticker:*'])
  return client
}

test("one that is killed takes its own clients' connections, and nobody else's", async () => {
  const server = await serveWorkers(3, { TICKWIRE_REDIS_URL: redis.url })
  const load = loaded()
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => join(server)))
  await load.check(...clients)
  const before = await metricsOf(server)

  const victim = workersOf(server).get(2)!
  process.kill(victim, 'SIGKILL')
  await eventually(() => clients.some(({ closed }) => closed !== null))
  await eventually(() => !isAlive(victim))
  expect((await readinessOf(server)).status).toBe(200)
  const lost = clients.filter(({ closed }) => closed !== null)
  const kept = clients.filter(({ closed }) => closed === null)
  const back = await Promise.all(lost.map(() => join(server)))

  await eventually(async () => {
    expect((await readinessOf(server)).reasons).toEqual([])
  }, PATIENCE)
  expect(workersOf(server).get(2)).not.toBe(victim)
  await load.check(...kept, ...back)
  expect(kept.every(({ closed }) => closed === null)).toBe(true)
  expect(new Set(kept.map(({ notices }) => notices[0]!.server)).size).toBe(2)
  expect(lost.length + kept.length).toBe(CLIENTS)

  await eventually(async () => {
    const after = await metricsOf(server)
    expect(after).toMatchObject({
      tickwire_workers: 3,
      tickwire_worker_restarts_total: 1,
      tickwire_connections: CLIENTS,
      tickwire_connections_opened_total: CLIENTS + lost.length,
    })
    expect(fallen(before, after)).toEqual([])
  })
}, 60_000)

test('readyz says no when none is left, and which one is not there', async () => {
  const server = await serveWorkers(2)
  const [first, second] = [...workersOf(server).values()]
  process.kill(first!, 'SIGSTOP') // there, and answers nothing
  onTestFinished(() => {
    if (isAlive(first!)) process.kill(first!, 'SIGCONT')
  })
  const reason = 'worker 1: it does not run, or does not answer'
  await eventually(async () =>
    expect(await readinessOf(server)).toMatchObject({ status: 200, reasons: [reason] }),
  )
  process.kill(second!, 'SIGSTOP')
  expect(await readinessOf(server)).toMatchObject({
    ...{ status: 503, reasons: [reason, reason.replace('1', '2')] },
    ...{ connections: 0, feed: 'down' },
  })
  for (const pid of [first!, second!]) process.kill(pid, 'SIGCONT')
  await eventually(async () => expect((await readinessOf(server)).reasons).toEqual([]), PATIENCE)
}, 60_000)

test('one that does not answer is left out of gauges, and stays in sums', async () => {
  const server = await serveWorkers(2)
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => join(server)))
  const { tickwire_worker_silences_total: silences, ...before } = await metricsOf(server)
  const pid = workersOf(server).get(1)!
  process.kill(pid, 'SIGSTOP')
  onTestFinished(() => {
    if (isAlive(pid)) process.kill(pid, 'SIGCONT')
  })
  const during = await metricsOf(server)
  expect(during.tickwire_connections).toBeLessThan(clients.length)
  expect(during.tickwire_worker_silences_total).toBeGreaterThan(silences!)
  expect(during.tickwire_connections_opened_total).toBe(CLIENTS)
  expect(fallen(before, during)).toEqual([])
}, 60_000)

test('one that crashes again and again is replaced ever more slowly', async () => {
  const server = await serveWorkers(2, { TICKWIRE_LOG_LEVEL: 'error' })
  for (let round = 1; round <= 4; round++) {
    const pid = await eventually(() => pidOf(server, 2), PATIENCE)
    process.kill(pid, 'SIGKILL')
    await eventually(() => endsSaid(server).length === round, PATIENCE)
  }
  await eventually(async () => {
    expect((await metricsOf(server)).tickwire_workers).toBe(2)
  }, PATIENCE)
  expect(endsSaid(server)).toEqual(
    [100, 200, 400, 800].map((againMs) => ({ worker: 2, how: 'SIGKILL', againMs })),
  )
  expect((await metricsOf(server)).tickwire_worker_restarts_total).toBe(4)
}, 60_000)

/** Counters and histograms that are smaller than they were. */
function fallen(before: Record<string, number>, after: Record<string, number>): string[] {
  return Object.keys(before).filter(
    (name) => /_(total|sum|count|bucket)\b/.test(name) && !(after[name]! >= before[name]!),
  )
}

function pidOf(server: ServerProcess, worker: number): number {
  const pid = workersOf(server).get(worker)
  if (pid === undefined) throw new Error(`no worker ${worker} yet`)
  return pid
}

function endsSaid({ program }: ServerProcess): object[] {
  const lines = program.stderr.split('\n').filter((line) => line.includes('worker ended'))
  return lines.map((line) => {
    const { worker, how, againMs } = JSON.parse(line) as Record<string, unknown>
    return { worker, how, againMs }
  })
}
