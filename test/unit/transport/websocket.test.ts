/**
 * WebSocket options. With credit off, nobody sent pings, and uWebSockets.js cut off every client that only listens after
 * its idle timeout of two minutes, however well it read.
 */
import type { TemplatedApp, WebSocketBehavior } from 'uWebSockets.js'
import { expect, test } from 'vitest'
import { SessionCounters } from '../../../src/session/counters.ts'
import { TransportCounters } from '../../../src/transport/counters.ts'
import { serveWebSocket, type WebSocketPorts } from '../../../src/transport/websocket.ts'
import { CREDIT, Fanout } from '../../support/fanout.ts'

/** What the app is asked for. */
function optionsOf(credit: typeof CREDIT | null): WebSocketBehavior<unknown> {
  let options: WebSocketBehavior<unknown> = {}
  const app = {
    ws: (_path: string, given: WebSocketBehavior<unknown>) => {
      options = given
    },
    get: () => {},
  }
  const host = { credit, flush: new Fanout().flush }
  const ports = { host, counters: new TransportCounters(new SessionCounters().faults) }
  // Nothing else is touched before a client comes.
  serveWebSocket(app as unknown as TemplatedApp, ports as unknown as WebSocketPorts)
  return options
}

test('a listener that is silent is pinged by its lane, or else by uWebSockets.js', () => {
  expect(optionsOf(CREDIT).sendPingsAutomatically).toBe(false)
  expect(optionsOf(null).sendPingsAutomatically).toBe(true)
})
