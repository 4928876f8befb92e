/**
 * Battlefield: a server process under load from a real Redis, with a well-behaved client on it that must go on
 * receiving, and end exact, whatever the others do. The well-behaved one speaks msgpack and the hostile ones json:
 * that tells their lanes apart.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { Client } from './client.ts'
import { eventually } from './eventually.ts'
import { Load, type LoadOptions } from './load.ts'
import type { Env } from './program.ts'
import { startRedis, type TestRedis } from './redis.ts'
import { type ServerProcess, serveProcess } from './serve.ts'

/** What GET /lanes says of one. */
export interface LaneReport {
  readonly address: string
  readonly dialect: string
  readonly subscriptions: number
  readonly pending: number
  readonly superseded: number
  readonly hold: 'none' | 'socket' | 'credit'
  readonly heldMs: number
  readonly unreadMs: number
  readonly backlogBytes: number
  readonly inFlightBytes: number
  readonly windowBytes: number
  readonly rttMs: number | null
  readonly rttMinMs: number | null
  readonly rateBytesPerS: number
}

export interface Battlefield {
  readonly server: ServerProcess
  readonly load: Load
  readonly bystander: Client
}

/** Registers the hooks of a test file; the function it returns gives the battlefield. */
export function battlefield(env: Env, options: LoadOptions): () => Battlefield {
  let redis: TestRedis
  let field: Battlefield

  beforeAll(async () => {
    redis = await startRedis()
    const server = await serveProcess({ TICKWIRE_REDIS_URL: redis.url, ...env })
    const load = new Load(redis.url, options)
    const bystander = await Client.connect(server.url, { dialect: 'msgpack' })
    field = { server, load, bystander }
    await bystander.subscribe(['ticker:*'])
  })

  beforeEach(() => eventually(async () => expect(await hostileLanes(field)).toEqual([])))

  afterEach(async () => {
    const { bystander, load } = field
    const before = bystander.frameCount
    await eventually(() => bystander.frameCount > before)
    await load.check(bystander)
    expect(bystander.closed).toBeNull()
  })

  afterAll(async () => {
    field?.load.stop()
    await field?.server.stop()
    await redis?.stop()
  })

  return () => field
}

/** GET /lanes: how many there are, and the slowest. */
export async function lanesOf(
  { admin }: { readonly admin: string },
  top = 1_000,
): Promise<{ count: number; lanes: LaneReport[] }> {
  const response = await fetch(`${admin}/lanes?top=${top}`)
  return (await response.json()) as { count: number; lanes: LaneReport[] }
}

/** The lanes of the hostile ones. */
export async function hostileLanes(field: Battlefield): Promise<LaneReport[]> {
  const { lanes } = await lanesOf(field.server)
  return lanes.filter(({ dialect }) => dialect === 'json')
}
