/**
 * A real Redis Sentinel (`redis-server --sentinel`) that watches one master, and what a test asks of it.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { eventually } from './eventually.ts'
import { startRedis, type TestRedis, type TestRedisOptions } from './redis.ts'
import { temporaryFile } from './temporary-file.ts'

export const MASTER = 'mymaster'

/** Failovers are fast, for nobody else is to agree, but a machine that stands still for a second causes none. */
const configOf = (port: number) => `
sentinel monitor ${MASTER} 127.0.0.1 ${port} 1
sentinel down-after-milliseconds ${MASTER} 2000
sentinel failover-timeout ${MASTER} 2000
`

export interface TestSentinel extends TestRedis {
  /** `host:port`, as settings name it. */
  readonly address: string
  /** Which port it says the master has. */
  masterPort(): Promise<number>
}

/** Starts a Sentinel for the master, and waits until it knows so many replicas. */
export async function startSentinel(
  master: TestRedis,
  replicas: number,
  options: TestRedisOptions = {},
): Promise<TestSentinel> {
  const file = await temporaryFile('sentinel.conf', configOf(master.port))
  const args = ['--sentinel', ...(options.args ?? [])]
  const redis = await startRedis({ ...options, config: file.path, args })
  const stop = async () => {
    await redis.stop()
    await file.remove()
  }
  const sentinel = {
    ...redis,
    stop,
    address: `127.0.0.1:${redis.port}`,
    masterPort: async () => {
      const address = await redis.command('sentinel', 'get-master-addr-by-name', MASTER)
      return Number((address as string[])[1])
    },
  }
  await eventually(async () => {
    const known = (await redis.command('sentinel', 'replicas', MASTER)) as string[][]
    return known.filter((replica) => replica.includes('ok')).length === replicas
  })
  return sentinel
}

/** Starts a Redis that follows the master, and waits until it has caught up. */
export async function startReplica(master: TestRedis): Promise<TestRedis> {
  // Else it waits for others to come as well.
  await master.command('config', 'set', 'repl-diskless-sync-delay', 0)
  const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', `${master.port}`] })
  await eventually(async () => /master_link_status:up/.test(`${await replica.command('info')}`))
  return replica
}

/** What takes itself for a Sentinel and names this Redis for ever: one that lost sight of the others. */
export async function startStaleSentinel(
  named: TestRedis,
): Promise<{ address: string; stop(): void }> {
  const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`
  const answer = `*2\r\n${bulk('127.0.0.1')}${bulk(`${named.port}`)}`
  const subscribed = `*3\r\n${bulk('subscribe')}${bulk('+switch-master')}:1\r\n`
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      // Commands are short, and come whole; several at a time.
      for (const command of bytes.toString().split(/(?=\*\d+\r\n)/)) {
        if (command.includes('get-master-addr-by-name')) socket.write(answer)
        else socket.write(command.includes('+switch-master') ? subscribed : '+OK\r\n')
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a TCP server that listens has one
  return { address: `127.0.0.1:${port}`, stop: () => void server.close() }
}
