/**
 * Listener: one uWebSockets.js app on one port.
 */

import * as uws from 'uWebSockets.js'
import {
  App,
  type TemplatedApp,
  type us_listen_socket,
  us_listen_socket_close,
  us_socket_local_port,
} from 'uWebSockets.js'

/** Missing from the build's types, where it is an option of another overload: no second process on our port. */
const EXCLUSIVE_PORT = (uws as unknown as { LIBUS_LISTEN_EXCLUSIVE_PORT: number })
  .LIBUS_LISTEN_EXCLUSIVE_PORT

/** The overload that takes a host and options: there, but untyped. */
interface ExclusiveApp {
  listen(
    host: string,
    port: number,
    options: number,
    done: (socket: us_listen_socket | false) => void,
  ): void
}

export class Listener {
  readonly app: TemplatedApp = App()
  private socket: us_listen_socket | null = null

  /** Listens, and returns the port. Throws where the address cannot be had, with words for an operator. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const app = this.app as unknown as ExclusiveApp
      app.listen(host, port, EXCLUSIVE_PORT, (socket) => {
        if (socket === false) {
          reject(
            new Error(`cannot listen on ${host}:${port}: the port is taken or not ours to use`),
          )
          return
        }
        this.socket = socket
        resolve(us_socket_local_port(socket as never))
      })
    })
  }

  /** Takes no more connections; those there are stay. */
  refuse(): void {
    if (this.socket === null) return
    us_listen_socket_close(this.socket)
    this.socket = null
  }

  /** Ends everything at once. */
  close(): void {
    this.socket = null
    this.app.close()
  }
}
