/**
 * An identity provider's JWK set over HTTP, on a free loopback port: it counts who asks, and can be broken or hang.
 */
import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JWK } from 'jose'

export class JwksServer {
  keys: readonly JWK[]
  asked = 0
  /** What it does with who asks. */
  mode: 'answers' | 'fails' | 'hangs' = 'answers'
  readonly url: string
  private readonly server: Server
  private readonly hanging = new Set<ServerResponse>()

  private constructor(server: Server, keys: readonly JWK[]) {
    this.server = server
    this.keys = keys
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`
    server.on('request', (_, response: ServerResponse) => this.answer(response))
  }

  static async start(keys: readonly JWK[]): Promise<JwksServer> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new JwksServer(server, keys)
  }

  async stop(): Promise<void> {
    this.server.close()
    this.server.closeAllConnections()
    await once(this.server, 'close')
  }

  private answer(response: ServerResponse): void {
    this.asked++
    if (this.mode === 'hangs') return void this.hanging.add(response)
    response.statusCode = this.mode === 'answers' ? 200 : 500
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify({ keys: this.keys }))
  }
}
