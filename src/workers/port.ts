/**
 * Port: whether nobody has it. Workers share their port among them (SO_REUSEPORT), and would silently share it with a
 * stranger who does so too; so it is once taken for oneself alone, and let go. Whoever takes it in the moment between
 * that and the first worker's listen() is found out only if he does not share.
 */
import { createServer } from 'node:net'

/** Throws where somebody has the port, with words for an operator. */
export function claim(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer((socket) => socket.destroy())
    probe.once('error', () => {
      reject(new Error(`cannot listen on ${host}:${port}: the port is taken or not ours to use`))
    })
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve()))
  })
}
