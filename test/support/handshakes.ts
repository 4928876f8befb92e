/**
 * Handshakes that are expected to fail, or to be told why at once: what the other side sees of them, by package ws.
 */
import type { IncomingMessage } from 'node:http'
import { type ClientOptions, WebSocket } from 'ws'
import { eventually } from './eventually.ts'

export interface Refusal {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: unknown
}

/** The HTTP answer to a handshake that is refused. */
export function refusal(
  url: string,
  subprotocols: string[] = [],
  options: ClientOptions = {},
): Promise<Refusal> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, subprotocols, options)
    socket.on('open', () => {
      socket.terminate()
      reject(new Error('the handshake was accepted'))
    })
    socket.on('error', reject)
    socket.on('unexpected-response', (_request, response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
      })
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response
        resolve({ status, headers, body: JSON.parse(text) })
      })
    })
  })
}

export interface Greeted {
  readonly data: Buffer
  readonly isBinary: boolean
  readonly subprotocol: string
  readonly socket: WebSocket
}

/** A connection with its first frame, and the subprotocol that it got. Whoever opens it ends it. */
export async function greeted(
  url: string,
  subprotocols: string[] = [],
  options: ClientOptions = {},
): Promise<Greeted> {
  const socket = new WebSocket(url, subprotocols, options)
  const frames: { data: Buffer; isBinary: boolean }[] = []
  let failure: Error | null = null
  socket.on('message', (data: Buffer, isBinary) => frames.push({ data, isBinary }))
  socket.on('error', (error) => {
    failure = error
  })
  await eventually(() => frames.length > 0 || failure !== null)
  if (failure !== null) throw failure
  return { ...frames[0]!, subprotocol: socket.protocol, socket }
}

export interface Farewell {
  readonly code: number
  readonly reason: string
  /** How many frames came before it. */
  readonly frameCount: number
}

/** How a connection ends that the server lets in to be closed. */
export function farewell(
  url: string,
  subprotocols: string[] = [],
  options: ClientOptions = {},
): Promise<Farewell> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, subprotocols, options)
    let frameCount = 0
    socket.on('message', () => {
      frameCount++
    })
    socket.on('error', reject)
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString(), frameCount }))
  })
}
