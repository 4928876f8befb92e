/**
 * Listener: one port that an app of uWebSockets.js listens on.
 */

import * as uws from 'uWebSockets.js'
import {
  type TemplatedApp,
  type us_listen_socket,
  us_listen_socket_close,
  us_socket_local_port,
} from 'uWebSockets.js'

/** Missing from the build's types, where it is an option of another overload: no second process on our port. */
const EXCLUSIVE_PORT = (uws as unknown as { LIBUS_LISTEN_EXCLUSIVE_PORT: number })
  .LIBUS_LISTEN_EXCLUSIVE_PORT
/** SO_REUSEPORT: whoever sets it too, as the same user, may listen on the same port. */
const SHARED_PORT = 0

/** The overload that takes a host and options: there, but untyped. */
interface ListeningApp {
  listen(
    host: string,
    port: number,
    options: number,
    done: (socket: us_listen_socket | false) => void,
  ): void
}

export interface Address {
  readonly host: string
  /** 0: any free one, which nobody shares. */
  readonly port: number
  /** Whether other processes that say so too may have the same port. */
  readonly isShared: boolean
}

export class Listener {
  readonly app: TemplatedApp
  private socket: us_listen_socket | null = null

  constructor(app: TemplatedApp = uws.App()) {
    this.app = app
  }

  /** Listens, and returns the port. Throws where the address cannot be had, with words for an operator. */
  listen({ host, port, isShared }: Address): Promise<number> {
    return new Promise((resolve, reject) => {
      const app = this.app as unknown as ListeningApp
      app.listen(host, port, isShared ? SHARED_PORT : EXCLUSIVE_PORT, (socket) => {
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
