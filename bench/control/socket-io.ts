/**
 * socket.io: rooms as its documentation shows them, as a measure for the rest. Each Redis message is an event for the
 * room of its topic; over WebSocket alone, without compression.
 * Usage: tsx bench/control/socket-io.ts REDIS_URL      prints `listening on PORT`
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Redis } from 'ioredis'
import { Server } from 'socket.io'
import { answerUsage } from './usage.ts'

const [url] = process.argv.slice(2)
if (url === undefined) throw new Error('usage: socket-io.ts REDIS_URL')

const http = createServer()
const io = new Server(http, {
  transports: ['websocket'],
  perMessageDeflate: false,
  httpCompression: false,
  serveClient: false,
})

io.on('connection', (socket) => {
  socket.on('subscribe', async (topics: string[], done: () => void) => {
    await socket.join(topics)
    done()
  })
})

const redis = new Redis(url)
redis.on('error', () => {}) // it reconnects
redis.on('pmessage', (_pattern: string, channel: string, payload: string) => {
  io.to(channel).emit('update', JSON.parse(payload))
})
await redis.psubscribe('ticker:*')

http.listen({ host: '127.0.0.1', port: 0, backlog: 4096 })
await once(http, 'listening')
answerUsage()
console.log(`listening on ${(http.address() as AddressInfo).port}`)
