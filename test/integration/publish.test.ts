/**
 * Publish: goal: Redis holds exactly what the recording comes to, subscribers get every line as it stands, and mistakes
 * are told. Method: the command is run in this process, against a real Redis.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { publish } from '../../src/cli/publish.ts'
import { RedisPublisher } from '../../src/ingest/redis-publisher.ts'
import { Walk } from '../../src/ingest/walk.ts'
import { eventually } from '../support/eventually.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { MASTER, startReplica, startSentinel } from '../support/redis-sentinel.ts'
import type { AnyFields } from '../support/state.ts'
import { temporaryFile } from '../support/temporary-file.ts'

const KEY = 'tickwire:last'
const REAL_SAMPLE = fileURLToPath(
  new URL('../../../shared/data/sample-3000.ndjson', import.meta.url),
)

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())
beforeEach(() => redis.command('flushall'))

/** Runs the command to its end with what it prints. */
async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: '', err: '' }
  const into = (name: 'out' | 'err') => (text: unknown) => {
    written[name] += text
    return true
  }
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(into('out')),
    vi.spyOn(process.stderr, 'write').mockImplementation(into('err')),
  ]
  try {
    return { code: await publish.run(args), ...written }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

async function fileOf(content: string): Promise<string> {
  const file = await temporaryFile('recording.ndjson', content)
  onTestFinished(file.remove)
  return file.path
}

/** The real sample, or one made by the simulator's walk where the data are not there. */
function sampleLines(): string[] {
  if (existsSync(REAL_SAMPLE)) return readFileSync(REAL_SAMPLE, 'utf8').trimEnd().split('\n')
  const walk = new Walk({ symbols: 30, seed: 9 })
  return Array.from({ length: 3_000 }, (_, i) => {
    return JSON.stringify({ venue: 'sample', ...walk.next(i).update })
  })
}

/** What the lines come to, found without the project's own code. */
function foldOf(lines: readonly string[]): Record<string, AnyFields> {
  const records: Record<string, AnyFields> = {}
  for (const line of lines) {
    const update = JSON.parse(line) as AnyFields
    const topic = `ticker:${update.venue}:${update.symbol}`
    records[topic] = { ...records[topic], ...update }
  }
  return records
}

async function stored(): Promise<Record<string, AnyFields>> {
  const texts = (await redis.command('hgetall', KEY)) as Record<string, string>
  return Object.fromEntries(Object.entries(texts).map(([topic, text]) => [topic, JSON.parse(text)]))
}

test('a recording: every line as it stands and in order, and the store equals the fold', async () => {
  const lines = sampleLines()
  const path = await fileOf(`${lines.join('\n')}\n`)
  const subscriber = new Redis(redis.url)
  onTestFinished(() => subscriber.disconnect())
  const messages: string[] = []
  subscriber.on('pmessage', (_pattern, _channel, message) => void messages.push(message))
  await subscriber.psubscribe('ticker:*')

  const template = 'ticker:{venue}:{symbol}'
  const url = redis.url
  const { code, out } = await run(
    ...['--redis', url, '--file', path],
    ...['--topic', template, '--speed', 'max'],
  )
  expect(code).toBe(0)
  const topicCount = Object.keys(foldOf(lines)).length
  expect(out).toMatch(
    new RegExp(`^published ${lines.length} updates to ${topicCount} topics in .*, 0 bad lines\n$`),
  )
  expect(await stored()).toEqual(foldOf(lines))
  await eventually(() => messages.length >= lines.length)
  expect(messages).toEqual(lines)
})

test('a second run adds to the records of the first', async () => {
  const first = await fileOf('{"symbol":"A","bid":"1","halted":true,"seq":4}\n')
  const second = await fileOf('{"symbol":"A","last":"2","halted":null,"seq":5}\n')
  for (const path of [first, second]) {
    expect((await run('--redis', redis.url, '--file', path)).code).toBe(0)
  }
  expect(await stored()).toEqual({ 'ticker:A': { symbol: 'A', bid: '1', seq: 5, last: '2' } })
})

test('bad lines are shown with their numbers, the first few of them, and the rest goes on', async () => {
  const bad = Array.from({ length: 10 }, () => 'oops\n').join('')
  const path = await fileOf(`{"symbol":"A"}\n{"bid":"1"}\n${bad}{"symbol":"B"}\n`)
  const { code, out, err } = await run('--redis', redis.url, '--file', path, '--speed', '10')
  expect(code).toBe(0)
  expect(out).toContain('published 2 updates to 2 topics')
  expect(out).toContain('11 bad lines')
  const shown = err.trimEnd().split('\n')
  expect(shown.length).toBe(5)
  expect(shown[0]).toBe("line 2: the field 'symbol', which the topic needs, is missing or empty")
  expect(shown[1]).toBe('line 3: not_json')
})

test('a file of bad lines alone is a failure', async () => {
  const path = await fileOf('oops\n')
  const { code, out } = await run('--redis', redis.url, '--file', path)
  expect(code).toBe(1)
  expect(out).toContain('published 0 updates to 0 topics')
})

test.each([
  { args: [], says: 'say what to publish' },
  { args: ['--file', 'x', '--simulate'], says: 'exclude each other' },
  { args: ['--simulate', '--loop'], says: '--loop goes with --file' },
  { args: ['--file', 'x', '--rate', '5'], says: '--rate goes with --simulate' },
  { args: ['--file', 'x', '--speed', '0'], says: '--speed must be' },
  { args: ['--file', 'x', '--topic', 'ticker'], says: '--topic: the topic template' },
  { args: ['--simulate', '--symbols', '0'], says: '--symbols must be' },
  { args: ['--simulate', '--sentinels', 'a:1,b'], says: '--sentinels must be host:port' },
  { args: ['x', '--simulate'], says: "unexpected 'x'" },
  { args: ['--simulate', '--sead', '1'], says: '--seed' },
])('$args is refused: $says', async ({ args, says }) => {
  await expect(run(...args)).rejects.toThrow(says)
})

test('a master that a Sentinel knows', async () => {
  const sentinel = await startSentinel(redis, 0)
  onTestFinished(sentinel.stop)
  const path = await fileOf('{"symbol":"A","bid":"1"}\n')
  const at = (name: string) => ['--redis', `redis://${name}`, '--sentinels', sentinel.address]
  expect((await run(...at(MASTER), '--file', path)).code).toBe(0)
  expect(await stored()).toEqual({ 'ticker:A': { symbol: 'A', bid: '1' } })
  const { code, err } = await run(...at('other'), '--file', path)
  expect(code).toBe(1)
  expect(err).toMatch(/^tickwire: Redis at other\/0 of sentinels .*: no master is known: /)
})

test('a replica is told from its master', async () => {
  const replica = await startReplica(redis)
  onTestFinished(replica.stop)
  const { code, err } = await run('--redis', replica.url, '--simulate')
  expect(code).toBe(1)
  expect(err).toContain('(it is a replica: publish to its master)')
})

test('a file that is not there', async () => {
  const { code, err } = await run('--redis', redis.url, '--file', 'no-such-file')
  expect([code, err]).toEqual([1, 'tickwire: cannot read no-such-file: there is no such file\n'])
})

test('Redis refuses: each reason is told, the password is not', async () => {
  const locked = await startRedis({ password: 'open-sesame' })
  onTestFinished(() => locked.stop())
  const refusal = async (url: string) => {
    const { code, err } = await run('--redis', url, '--simulate')
    expect(code).toBe(1)
    expect(err).not.toContain('sesame')
    return err
  }
  expect(await refusal(locked.url.replace(':open-sesame@', ''))).toContain('NOAUTH')
  expect(await refusal(locked.url.replace('open', 'closed'))).toContain('WRONGPASS')
  await locked.command('set', KEY, 'x')
  expect(await refusal(locked.url)).toContain('WRONGTYPE')
  await locked.command('del', KEY)
  await locked.command('acl', 'setuser', 'u', 'on', '>p', '~*', '&*', '+@all', '-publish')
  expect(await refusal(`redis://u:p@127.0.0.1:${locked.port}`)).toContain('NOPERM')
  await locked.stop()
  expect(await refusal(locked.url)).toContain('ECONNREFUSED')
})

test('a break fails the publishing, at once or at the next call, and closing says it again', async () => {
  const own = await startRedis()
  onTestFinished(() => own.stop())
  const publisher = await RedisPublisher.connect({ url: own.url })
  const one = [{ topic: 'ticker:A', update: { bid: '1' }, payload: '{"bid":"1"}' }]
  await publisher.publish(one)
  await own.kill()
  await eventually(async () => {
    await expect(publisher.publish(one)).rejects.toThrow(`Redis at 127.0.0.1:${own.port}/0`)
  })
  await expect(publisher.close()).rejects.toThrow(`Redis at 127.0.0.1:${own.port}/0`)
})
