/**
 * Bench: goal: the harness measures what it says, and leaves nothing running. Method: small runs of the real command,
 * as its users start it. Figures are not asserted: a test machine has other things to do.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, inject, onTestFinished, test } from 'vitest'
import { readResult, whatIsWrong } from '../../bench/report/read.ts'
import { eventually } from '../support/eventually.ts'
import { startRedis } from '../support/redis.ts'
import { serveProcess } from '../support/serve.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const SMALL = ['--smoke', '--set', 'clients=20', '--set', 'updatesPerS=200']

class Run {
  out = ''
  err = ''
  private readonly child: ChildProcess

  constructor(...args: string[]) {
    const command = ['--import', 'tsx', 'bench/run.ts', ...args]
    // In a process group of its own, as a shell starts it.
    this.child = spawn(process.execPath, command, { cwd: ROOT, detached: true })
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.out += text
    })
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.err += text
    })
    onTestFinished(() => this.kill())
  }

  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null)
      await once(this.child, 'close')
    return this.child.exitCode
  }

  /** As a terminal does: the whole group is told. */
  pressCtrlC(): void {
    process.kill(-this.child.pid!, 'SIGINT')
  }

  kill(): void {
    this.child.kill('SIGKILL')
  }

  /** Every process that it has started, and that those have. */
  descendants(): number[] {
    const parents = new Map<number, number>()
    for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
      const parent = parentOf(name)
      if (parent !== null) parents.set(Number(name), parent)
    }
    const isOurs = (pid: number | undefined): boolean =>
      pid !== undefined && (pid === this.child.pid || isOurs(parents.get(pid)))
    return [...parents.keys()].filter((pid) => isOurs(parents.get(pid)))
  }
}

function parentOf(pid: string): number | null {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1])
  } catch {
    return null // it has ended meanwhile
  }
}

function jsonFile(name: string): string {
  return `${inject('build')}/${name}.json`
}

test('a small run has delivered updates, exact clients, and a result that can be read', async () => {
  const file = jsonFile('watchlist')
  const run = new Run('watchlist', ...SMALL, '--json', file)
  expect(await run.ended(), run.err).toBe(0)

  const result = readResult(file)
  expect(whatIsWrong(result)).toBeNull()
  expect(result).toMatchObject({ scenario: 'watchlist', isSmoke: true, isPartial: false })
  expect(result.sides.map(({ server }) => server)).toEqual(['tickwire', 'raw-uws'])
  for (const { figures, distributions, timeline } of result.sides) {
    expect(figures.updatesPerS!.rounds).toHaveLength(2)
    expect(figures.updatesPerS!.min).toBeGreaterThan(0)
    expect(figures.cpuUsPerUpdate!.min).toBeGreaterThan(0)
    expect(figures.exactPart!.median).toBe(1)
    expect(figures.disorders!.median).toBe(0)
    expect(distributions).toMatchObject([{ name: 'age', count: expect.any(Number) }])
    expect(timeline.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['ageMsP99', 'rssMiB', 'cpuPercent', 'updatesPerS', 'connected']),
    )
  }
  expect(result.ratios.map(({ figure }) => figure)).toContain('cpuUsPerUpdate')
  expect(run.out).toContain('CPU per update')
  expect(run.err).toMatch(/round 2 of 2\n/)
})

test('Ctrl-C reports what there is, and leaves nothing running', async () => {
  const file = jsonFile('interrupted')
  const run = new Run(
    'watchlist',
    ...SMALL,
    '--set',
    'roundS=2',
    '--set',
    'rounds=20',
    '--json',
    file,
  )
  await eventually(() => expect(run.err).toContain('round 2 of 20'), { timeoutMs: 50_000 })
  const started = run.descendants()
  // Redis, two servers, a publisher and two groups of receivers.
  expect(started.length).toBeGreaterThanOrEqual(6)
  run.pressCtrlC()
  expect(await run.ended()).toBe(130)

  const result = readResult(file)
  expect(result.isPartial).toBe(true)
  expect(result.sides[0]!.figures.updatesPerS!.rounds.length).toBeGreaterThanOrEqual(1)
  expect(result.sides[0]!.figures.exactPart!.median).toBe(1)
  await eventually(() => started.filter((pid) => existsSync(`/proc/${pid}`)).length === 0)
})

test('a run that is killed takes everything with it', async () => {
  const run = new Run('watchlist', ...SMALL)
  await eventually(() => expect(run.err).toContain('warm-up'), { timeoutMs: 50_000 })
  const started = run.descendants()
  run.kill()
  await run.ended()
  await eventually(() => started.filter((pid) => existsSync(`/proc/${pid}`)).length === 0)
})

test('a server that runs already is measured from outside', async () => {
  const redis = await startRedis()
  onTestFinished(redis.stop)
  const server = await serveProcess({ TICKWIRE_REDIS_URL: redis.url })
  onTestFinished(server.stop)
  const file = jsonFile('elsewhere')
  const there = ['--url', server.url, '--redis', redis.url, '--admin', server.admin]
  const run = new Run('watchlist', ...SMALL, ...there, '--json', file)
  expect(await run.ended(), run.err).toBe(0)

  const { sides, environment } = readResult(file)
  expect(sides.map(({ name }) => name)).toEqual(['tickwire'])
  expect(sides[0]!.figures.updatesPerS!.min).toBeGreaterThan(0)
  expect(sides[0]!.figures.cpuUsPerUpdate!.min).toBeGreaterThan(0)
  expect(sides[0]!.figures.exactPart!.median).toBe(1)
  expect(environment.placement).toContain('elsewhere')
})

test.each([
  { args: ['watchlst'], says: 'did you mean watchlist?' },
  { args: ['watchlist', '--set', 'topics=5'], says: 'cannot have 20 of 5 topics' },
  {
    args: ['drain', '--url', 'ws://127.0.0.1:1', '--redis', 'redis://127.0.0.1:1'],
    says: 'drain needs a server of its own: not with --url',
  },
])('$args is refused before anything is started', async ({ args, says }) => {
  const run = new Run(...args)
  expect(await run.ended()).toBe(2)
  expect(run.err).toContain(says)
  expect(run.out).toBe('')
})
