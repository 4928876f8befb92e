/**
 * Raw uWebSockets.js: what most people would write first, as a measure for the rest. Each Redis message is handed to
 * uWebSockets.js' own publish as it came; nobody decides what a slow client misses, and nothing is ever dropped.
 * Usage: tsx bench/control/raw-uws.ts REDIS_URL      prints `listening on PORT`
 */

import { App, us_socket_local_port } from 'uWebSockets.js'
import { Redis } from 'ioredis'
import { answerUsage } from './usage.ts'

/** Above all that a run can owe a client: a naive server does not lose messages either. */
const BACKPRESSURE_BYTES_MAX = 1024 * 1024 * 1024
const IDLE_TIMEOUT_S = 120

const [url] = process.argv.slice(2)
if (url === undefined) throw new Error('usage: raw-uws.ts REDIS_URL')

const app = App()
app.ws('/ws', {
  maxBackpressure: BACKPRESSURE_BYTES_MAX,
  closeOnBackpressureLimit: false,
  idleTimeout: IDLE_TIMEOUT_S,
  compression: 0,

  message(ws, message) {
    const request = JSON.parse(Buffer.from(message).toString()) as { params: { topics: string[] } }
    for (const topic of request.params.topics) ws.subscribe(topic)
    ws.send('{"type":"result"}')
  },
})

const redis = new Redis(url)
redis.on('error', () => {}) // it reconnects
redis.on('pmessageBuffer', (_pattern: string, channel: Buffer, payload: Buffer) => {
  app.publish(channel.toString('latin1'), payload, false)
})
await redis.psubscribe('ticker:*')

app.listen('127.0.0.1', 0, (socket) => {
  if (socket === false) throw new Error('cannot listen')
  answerUsage()
  console.log(`listening on ${us_socket_local_port(socket)}`)
})
