/**
 * ws: the package that most Node servers use, as a measure for the rest. Each Redis message is sent to every client of
 * its topic as it came; nobody decides what a slow client misses, and nothing is ever dropped.
 * Usage: tsx bench/control/ws.ts REDIS_URL      prints `listening on PORT`
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Redis } from 'ioredis'
import { type WebSocket, WebSocketServer } from 'ws'
import { answerUsage } from './usage.ts'

const [url] = process.argv.slice(2)
if (url === undefined) throw new Error('usage: ws.ts REDIS_URL')

const clients = new Map<string, Set<WebSocket>>()
const server = new WebSocketServer({
  host: '127.0.0.1',
  port: 0,
  path: '/ws',
  perMessageDeflate: false,
  backlog: 4096,
})

server.on('connection', (client) => {
  const topics: string[] = []
  client.on('message', (message) => {
    const request = JSON.parse(message.toString()) as { params: { topics: string[] } }
    for (const topic of request.params.topics) {
      topics.push(topic)
      const receivers = clients.get(topic)
      if (receivers === undefined) clients.set(topic, new Set([client]))
      else receivers.add(client)
    }
    client.send('{"type":"result"}')
  })
  client.on('close', () => {
    for (const topic of topics) clients.get(topic)?.delete(client)
  })
  client.on('error', () => {}) // a close follows
})

const redis = new Redis(url)
redis.on('error', () => {}) // it reconnects
redis.on('pmessageBuffer', (_pattern: string, channel: Buffer, payload: Buffer) => {
  const receivers = clients.get(channel.toString('latin1'))
  if (receivers === undefined) return
  for (const client of receivers) client.send(payload, { binary: false })
})
await redis.psubscribe('ticker:*')

if (server.address() === null) await once(server, 'listening')
answerUsage()
console.log(`listening on ${(server.address() as AddressInfo).port}`)
