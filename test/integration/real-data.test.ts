/**
 * Real data, the whole path: `publish --speed max` of each recording through a real Redis and a server process to
 * twenty clients in a third process. Each ends with exactly what folding the file gives: topic by topic, and byte by
 * byte of every decimal string.
 */
import { expect, onTestFinished, test } from 'vitest'
import { Crowd, type Member, type Report } from '../support/crowd.ts'
import { eventually } from '../support/eventually.ts'
import { tickwire } from '../support/program.ts'
import { fold, recordings } from '../support/recordings.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { metricOf, metricsOf, serveProcess } from '../support/serve.ts'
import type { AnyFields } from '../support/state.ts'

const TEMPLATE = 'ticker:{venue}:{symbol}'
const DIALECTS = ['json', 'msgpack'] as const
const MODES = ['full', 'delta'] as const
const MEMBERS = 20
/** The others join in the middle, one at each ninth of the updates that the server has taken in. */
const MEMBERS_BEFORE = 12
const JOININGS = MEMBERS - MEMBERS_BEFORE + 1
const UPDATES = 'tickwire_updates_total'
const TIMEOUT_MS = 120_000

test.each(recordings())(
  '$name goes through unchanged',
  { timeout: TIMEOUT_MS },
  async (recording) => {
    const { records, lineCount } = fold(recording.path)
    const topics = Object.keys(records)
    if (recording.topicCount !== null) expect(topics).toHaveLength(recording.topicCount)
    const { redis, server, crowd } = await setUp()
    const members = Array.from({ length: MEMBERS }, (_, i) => member(i, topics))
    await crowd.join(server.url, members.slice(0, MEMBERS_BEFORE))

    const beganAtMs = performance.now()
    const args = ['--redis', redis.url, '--file', recording.path, '--topic', TEMPLATE]
    const publisher = tickwire(['publish', ...args, '--speed', 'max'])
    onTestFinished(() => publisher.stop())
    for (const [i, member] of members.slice(MEMBERS_BEFORE).entries()) {
      const count = (lineCount * (i + 1)) / JOININGS
      await eventually(async () => (await metricOf(server, UPDATES)) >= count)
      await crowd.join(server.url, [member])
    }
    expect(await publisher.ended(), publisher.stderr).toBe(0)
    expect(publisher.stdout).toContain(`published ${lineCount} updates to ${topics.length} topics`)

    const reports = await untilExact(crowd, members, records)
    const seconds = (performance.now() - beganAtMs) / 1000
    for (const [i, report] of reports.entries()) {
      expect(report).toMatchObject({ violations: [], closed: null })
      if (members[i]!.mode === 'full') expect(report.deltaCount).toBe(0)
      else if (i < MEMBERS_BEFORE) expect(report.deltaCount).toBeGreaterThan(0)
    }
    expect(await storedIn(redis)).toEqual(records)
    const metrics = await metricsOf(server)
    expect(metrics[UPDATES]).toBe(lineCount)
    const received = reports.reduce(
      (sum, { fullCount, deltaCount }) => sum + fullCount + deltaCount,
      0,
    )
    console.log(
      `${recording.name}: ${lineCount} updates of ${topics.length} topics in ${seconds.toFixed(1)} s ` +
        `to ${reports.length} clients: ${received} messages received, ` +
        `${metrics.tickwire_superseded_total} superseded`,
    )
  },
)

async function setUp() {
  // A busy machine must not make Redis drop the server for reading slowly: that is another test's matter.
  const redis = await startRedis({
    args: ['--client-output-buffer-limit', 'pubsub', '0', '0', '0'],
  })
  onTestFinished(redis.stop)
  const server = await serveProcess({ TICKWIRE_REDIS_URL: redis.url })
  onTestFinished(server.stop)
  await eventually(async () => (await metricOf(server, 'tickwire_feed_state{state="live"}')) === 1)
  const crowd = new Crowd()
  onTestFinished(() => crowd.stop())
  return { redis, server, crowd }
}

/** Waits until every client holds exactly its part of the records. */
function untilExact(
  crowd: Crowd,
  members: readonly Member[],
  records: Record<string, AnyFields>,
): Promise<Report[]> {
  const check = async () => {
    const reports = await crowd.report()
    expect(reports).toHaveLength(members.length)
    for (const [i, report] of reports.entries()) {
      expect(report.records, describe(members[i]!)).toEqual(expected(members[i]!, records))
    }
    return reports
  }
  return eventually(check, { timeoutMs: 30_000 })
}

/** Both dialects, both modes, the whole channel or every third topic by its name: all combinations in turn. */
function member(index: number, topics: readonly string[]): Member {
  const named = topics.filter((_, i) => i % 3 === index % 3)
  return {
    dialect: DIALECTS[index & 1]!,
    mode: MODES[(index >> 1) & 1]!,
    topics: (index >> 2) & 1 ? named : ['ticker:*'],
  }
}

function expected({ topics }: Member, records: Record<string, AnyFields>) {
  if (topics[0] === 'ticker:*') return records
  return Object.fromEntries(topics.map((topic) => [topic, records[topic]]))
}

function describe({ dialect, mode, topics }: Member): string {
  return `${dialect} ${mode} ${topics.length} ${topics[0]}`
}

async function storedIn(redis: TestRedis): Promise<Record<string, AnyFields>> {
  const hash = (await redis.command('hgetall', 'tickwire:last')) as Record<string, string>
  return Object.fromEntries(
    Object.entries(hash).map(([topic, record]) => [topic, JSON.parse(record) as AnyFields]),
  )
}
