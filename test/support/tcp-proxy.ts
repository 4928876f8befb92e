/**
 * TCP proxy: a way to a loopback port that can be made bad: slow, or silent with its connections open.
 */
import { once } from 'node:events'
import {
  type AddressInfo,
  createConnection,
  createServer,
  type Server,
  type Socket,
} from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Small pieces at short intervals: something always comes. */
const PIECE_BYTES = 512

export class TcpProxy {
  /** How fast bytes of the other side come through, over all connections that are made from now on. */
  bytesPerS = Number.POSITIVE_INFINITY
  /** Connections are accepted, and nothing ever passes on them either way; those made before and after are not touched. */
  isMute = false
  /** How many connections there have been. */
  acceptedCount = 0
  readonly port: number
  private readonly server: Server
  private readonly sockets = new Set<Socket>()

  private constructor(server: Server, targetPort: number) {
    this.server = server
    this.port = (server.address() as AddressInfo).port // a TCP server that listens has one
    server.on('connection', (near) => this.join(near, targetPort))
  }

  /** Listens on a free port. */
  static async start(targetPort: number): Promise<TcpProxy> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new TcpProxy(server, targetPort)
  }

  /** How many connections are open now. */
  get connections(): number {
    return this.sockets.size
  }

  /** Ends every connection; new ones are welcome. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy()
  }

  stop(): void {
    this.server.close()
    this.cut()
  }

  private join(near: Socket, targetPort: number): void {
    this.acceptedCount++
    this.sockets.add(near)
    const far = createConnection(targetPort, '127.0.0.1')
    near
      .on('error', () => {})
      .on('close', () => {
        this.sockets.delete(near)
        far.destroy()
      })
    far.on('error', () => {}).on('close', () => near.destroy())
    // For its life: bytes in the middle of a stream are never missing in TCP.
    if (this.isMute) {
      near.resume()
      return
    }
    near.on('data', (bytes) => void far.write(bytes))
    far.on('data', (bytes: Buffer) => {
      if (this.bytesPerS === Number.POSITIVE_INFINITY) near.write(bytes)
      else void this.trickle(bytes, far, near)
    })
  }

  private async trickle(bytes: Buffer, far: Socket, near: Socket): Promise<void> {
    far.pause()
    for (let at = 0; at < bytes.length && !near.destroyed; at += PIECE_BYTES) {
      near.write(bytes.subarray(at, at + PIECE_BYTES))
      await sleep((PIECE_BYTES / this.bytesPerS) * 1_000)
    }
    far.resume()
  }
}
