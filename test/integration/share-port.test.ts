/**
 * One port and several servers: refused as a rule, and with TICKWIRE_SHARE_PORT=true the way to replace a server
 * without a gap. Real processes, connections by ws.
 */
import { expect, onTestFinished, test } from 'vitest'
import { Client } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { tickwire } from '../support/program.ts'
import { freePort } from '../support/redis.ts'
import { metricOf, type ServerProcess, serveProcess } from '../support/serve.ts'

/** The kernel deals connections by a hash: that one of two gets none of so many is one case in 10^12. */
const CONNECTIONS = 40

test('two servers share a port: both get clients, and all go to the one that stays', async () => {
  const port = await freePort()
  const [first, second] = [await serveAt(port, true), await serveAt(port, true)]
  expect([first.port, second.port]).toEqual([port, port])
  const clients: Client[] = []
  for (let i = 0; i < CONNECTIONS; i++) clients.push(await Client.connect(first.url))
  const counts = [await connectionsOf(first), await connectionsOf(second)]
  expect(counts[0]! + counts[1]!).toBe(CONNECTIONS)
  expect(Math.min(...counts)).toBeGreaterThan(0)

  expect(await first.program.terminate(), first.program.stderr).toBe(0)
  await eventually(() => clients.filter(({ closed }) => closed !== null).length === counts[0])
  for (let i = 0; i < CONNECTIONS; i++) await Client.connect(second.url)
  expect(await connectionsOf(second)).toBe(counts[1]! + CONNECTIONS)
})

test.each([
  { there: true, comes: false },
  { there: false, comes: true },
  { there: false, comes: false },
])(
  'a port that somebody has (shared: $there) is refused to whoever comes (shared: $comes)',
  async ({ there, comes }) => {
    const port = await freePort()
    const server = await serveAt(port, there)
    const second = tickwire(['serve'], envOf(port, comes))
    onTestFinished(() => second.stop())
    expect(await second.ended()).toBe(1)
    expect(second.stderr).toBe(
      `tickwire: cannot listen on 127.0.0.1:${port}: the port is taken or not ours to use\n`,
    )
    await Client.connect(server.url)
  },
)

async function serveAt(port: number, isShared: boolean): Promise<ServerProcess> {
  const server = await serveProcess(envOf(port, isShared))
  onTestFinished(() => server.stop())
  return server
}

function envOf(port: number, isShared: boolean) {
  return {
    TICKWIRE_PORT: `${port}`,
    TICKWIRE_SHARE_PORT: `${isShared}`,
    TICKWIRE_ADMIN_PORT: '0',
    TICKWIRE_LOG_LEVEL: 'silent',
  }
}

function connectionsOf(server: ServerProcess): Promise<number> {
  return metricOf(server, 'tickwire_connections')
}
