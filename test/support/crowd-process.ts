/**
 * Crowd process: many clients in a process of their own, so that they and the server share no event loop.
 * Driven by crowd.ts, one answer a request.
 */
import { Client } from './client.ts'
import type { AnyFields } from './state.ts'

/** One client: what it asks for. */
export interface Member {
  readonly dialect: 'json' | 'msgpack'
  readonly mode: 'full' | 'delta'
  readonly topics: string[]
}

/** What one client holds and has seen. */
export interface Report {
  readonly records: Record<string, AnyFields>
  readonly violations: readonly string[]
  readonly fullCount: number
  readonly deltaCount: number
  readonly closed: { code: number; reason: string } | null
}

export type CrowdRequest = { join: { url: string; members: readonly Member[] } } | 'report'
export type CrowdAnswer = Report[] | 'joined' | { failed: string }

const clients: Client[] = []

async function answer(request: CrowdRequest): Promise<CrowdAnswer> {
  if (request === 'report') return clients.map(report)
  const { url, members } = request.join
  for (const { dialect, mode, topics } of members) {
    const client = await Client.connect(url, { dialect })
    clients.push(client)
    const { type } = await client.subscribe(topics, { mode })
    if (type !== 'result') throw new Error(`subscribe was answered with ${type}`)
  }
  return 'joined'
}

function report(client: Client): Report {
  const { records, violations, counts, closed } = client
  return {
    records: Object.fromEntries(records),
    violations,
    fullCount: counts.full ?? 0,
    deltaCount: counts.delta ?? 0,
    closed,
  }
}

process.on('message', (request: CrowdRequest) => {
  const failed = (error: unknown): CrowdAnswer => ({ failed: String(error) })
  answer(request)
    .catch(failed)
    .then((result) => process.send!(result))
})
process.on('disconnect', () => process.exit())
