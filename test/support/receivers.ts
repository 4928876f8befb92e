/**
 * Receivers of the bench in tests: what a few of them are asked, and servers that do to them as a test says.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { wallMs } from '../../bench/load/clock.ts'
import { payloadOf, topicNames } from '../../bench/load/payload.ts'
import type { JoinRequest } from '../../bench/load/receivers.ts'

export const TOPICS = topicNames(50)
export const CLIENTS = 4

/** A few clients that read all topics. */
export function request(url: string): JoinRequest {
  const group = { name: 'all', clients: CLIENTS, topicsEach: TOPICS.length, bytesPerS: null }
  return { url, wire: 'json', topics: TOPICS, group }
}

/** The URL of a server that does as it is told with each client, once that has subscribed. */
export async function serveScript(script: (client: WebSocket) => void): Promise<string> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => void server.close())
  server.on('connection', (client) => client.once('message', () => script(client)))
  await once(server, 'listening')
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`
}

/** An update of a topic, due now. */
export function payload(topic: number, count: number): string {
  return payloadOf(topic, count, wallMs())
}
