/**
 * What do updates cost that several workers take in: each reads Redis by itself, or one process reads it and forwards all
 * over a Unix socket? CPU of all processes and of Redis for each published update, without any clients.
 * Usage: npx tsx bench/micro/shared-ingest.ts [UPDATES_PER_S] [SECONDS]
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { Walk } from '../../src/ingest/walk.ts'
import { eventually } from '../../test/support/eventually.ts'
import { startRedis } from '../../test/support/redis.ts'
import type { Account, Role } from './shared-ingest-process.ts'

const SCRIPT = fileURLToPath(new URL('./shared-ingest-process.ts', import.meta.url))
const WORKERS = [1, 2, 4]
const SYMBOLS = 500
const PERIOD_MS = 5
const WARM_UP_S = 2
const ROUNDS = 3

const [updatesPerS = 2_000, seconds = 5] = process.argv.slice(2).map(Number)
const redis = await startRedis()
const publisher = new Redis(redis.url)
const folder = mkdtempSync(join(tmpdir(), 'tickwire-'))
const records = new Walk({ symbols: SYMBOLS, seed: 1 }).all(Date.now())
let count = 0

console.log(
  `${updatesPerS} updates/s of ${SYMBOLS} topics; us of CPU for each: median of ${ROUNDS}`,
)
try {
  for (const workers of WORKERS) {
    const each: Role[] = Array(workers).fill('reads')
    await report(`${workers} read Redis`, each)
    await report(`1 reads, ${workers} are fed`, ['forwards', ...each.map((): Role => 'receives')])
  }
} finally {
  publisher.disconnect()
  await redis.stop()
  rmSync(folder, { recursive: true })
}

async function report(name: string, roles: readonly Role[]): Promise<void> {
  const path = join(folder, `${name.replaceAll(' ', '-')}.sock`)
  const children: ChildProcess[] = []
  try {
    // The first one listens before the others connect.
    for (const role of roles) {
      const child = fork(SCRIPT, [role, redis.url, path], { execArgv: ['--import', 'tsx'] })
      children.push(child)
      await once(child, 'message')
    }
    await publish(WARM_UP_S, children)
    const rounds: { ours: number; redis: number }[] = []
    for (let round = 0; round < ROUNDS; round++) rounds.push(await measure(children))
    const median = (of: (round: { ours: number; redis: number }) => number) =>
      rounds
        .map(of)
        .sort((a, b) => a - b)
        [ROUNDS >> 1]!.toFixed(1)
        .padStart(7)
    const figures = [median(({ ours }) => ours), median(({ redis }) => redis)]
    const sum = median((it) => it.ours + it.redis)
    console.log(`${name.padEnd(24)} processes ${figures[0]}  Redis ${figures[1]}  sum ${sum}`)
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
}

async function measure(children: readonly ChildProcess[]) {
  const before = await Promise.all([...children.map(accountOf), redisCpuUs()])
  const published = await publish(seconds, children)
  const after = await Promise.all([...children.map(accountOf), redisCpuUs()])
  const used = after.map((it, i) => cpuUsOf(it) - cpuUsOf(before[i]!))
  const redisUs = used.pop()!
  return { ours: used.reduce((sum, us) => sum + us, 0) / published, redis: redisUs / published }
}

/** Publishes whole records on a schedule, and waits until all have come in everywhere; returns how many. */
async function publish(forS: number, children: readonly ChildProcess[]): Promise<number> {
  const before = await Promise.all(children.map(accountOf))
  const beganMs = performance.now()
  let published = 0
  while (published < updatesPerS * forS) {
    const due = Math.floor(((performance.now() - beganMs) / 1_000) * updatesPerS)
    const batch = publisher.pipeline()
    for (; published < Math.min(due, updatesPerS * forS); published++) {
      const { topic, update } = records[count++ % records.length]!
      batch.publish(topic, JSON.stringify({ ...update, bid: 1 + (count % 1_000) / 8 }))
    }
    await batch.exec()
    await new Promise((resolve) => setTimeout(resolve, PERIOD_MS))
  }
  await eventually(async () => {
    const accounts = await Promise.all(children.map(accountOf))
    return accounts.every(({ updates }, i) => updates - before[i]!.updates === published)
  })
  return published
}

async function accountOf(child: ChildProcess): Promise<Account> {
  const answer = once(child, 'message')
  child.send('account')
  return (await answer)[0] as Account
}

function cpuUsOf(it: Account | number): number {
  return typeof it === 'number' ? it : it.cpuUs
}

async function redisCpuUs(): Promise<number> {
  const info = await publisher.info('cpu')
  const of = (name: string) => Number(new RegExp(`^used_cpu_${name}:(.*)$`, 'm').exec(info)![1])
  return (of('user') + of('sys')) * 1e6
}
