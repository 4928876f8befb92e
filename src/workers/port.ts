/**
 * Port: whether nobody has it. Workers share their port among them (SO_REUSEPORT), and would silently share it with a
 * stranger who does so too; so it is once taken for oneself alone, and let go. Whoever takes it in the moment between
 * that and the first worker's listen() is found out only if he does not share.
 */
import { type AddressInfo, createServer } from 'node:net'

/** The port, or any free one for 0. Throws where somebody has it, with words for an operator. */
export function claim(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer((socket) => socket.destroy())
    probe.once('error', () => {
      reject(new Error(`cannot listen on ${host}:${port}: the port is taken or not ours to use`))
    })
    probe.listen({ host, port, exclusive: true }, () => {
      const { port: claimed } = probe.address() as AddressInfo // a TCP server that listens has one
      probe.close(() => resolve(claimed))
    })
  })
}
