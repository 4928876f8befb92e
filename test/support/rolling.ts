/**
 * A server that goes away beside the next one: both are fed the same, each has versions of its own, and a test says what
 * travels when.
 */
import { expect } from 'vitest'
import { Sdk } from './sdk.ts'

/** A client that shows two topics, of a server whose versions are ahead of any later one's. */
export async function settled(options: ConstructorParameters<typeof Sdk>[0] = {}) {
  const sdk = await Sdk.opened(options)
  const { handle, updates } = sdk.subscribe('t:*', { mode: 'delta' })
  for (let ts = 1; ts <= 9; ts++) sdk.network.publish('t:A', { bid: ts, ts })
  sdk.network.publish('t:B', { bid: 1 })
  await sdk.move()
  updates.splice(0)
  sdk.events.splice(0)
  return { sdk, handle, updates }
}

/** The server goes away, and the client knows. */
export async function roll(sdk: Sdk, reconnectMs: [number, number] = [0, 0]) {
  const next = sdk.network.roll(reconnectMs)
  await sdk.move()
  return next
}

/** The next connection is greeted, and has some of the data. */
export async function halfway(sdk: Sdk) {
  for (let i = 0; i < 20; i++) sdk.network.publish(`t:${i}`, { text: 'x'.repeat(100) })
  await sdk.move()
  sdk.network.kernelBytes = 1_000
  const next = await roll(sdk)
  sdk.time.pass(0)
  for (const socket of sdk.network.sockets) socket.up()
  await downOf(sdk, (run) => run === 'run-2')
  for (const socket of sdk.network.sockets) socket.up()
  for (const socket of sdk.network.sockets) {
    if (socket.end?.server === next) socket.down()
  }
  expect([sdk.network.sockets.size, sdk.client.stats.reconnects]).toEqual([2, 0])
  return next
}

/** Ends the turn of everybody and lets data travel down some of the connections alone. */
export async function downOf(sdk: Sdk, which: (run: string) => boolean): Promise<void> {
  for (const server of sdk.network.servers) server.fanout.endTurn()
  for (const socket of [...sdk.network.sockets]) {
    if (which(socket.end?.server.host.server ?? '')) while (socket.down());
  }
}
