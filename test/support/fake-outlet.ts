/**
 * An outlet without a socket. Keeps the Outlet contract, as the real one does (test/contract/outlet.ts): the kernel
 * takes `kernelBytes`, what is beyond waits in this process, and nothing moves before read().
 */
import {
  BUFFERED,
  DROPPED,
  NO_PROBE,
  type Outlet,
  SENT,
  type SendOutcome,
} from '../../src/fanout/outlet.ts'
import { closeCodeOf, type FaultName } from '../../src/protocol/faults.ts'

export class FakeOutlet implements Outlet {
  readonly address = 'fake'
  closeCode: number | null = null
  /** Probes that the peer has come to, oldest first: what it would answer. */
  readonly probes: number[] = []
  private readonly kernelBytes: number
  private readonly limitBytes: number
  /** What is on its way: frames, and numbers of probes between them. */
  private readonly items: (Uint8Array | number)[] = []
  private unreadBytes = 0

  constructor({ kernelBytes = 64 * 1024, limitBytes = 1024 * 1024 } = {}) {
    this.kernelBytes = kernelBytes
    this.limitBytes = limitBytes
  }

  send(bytes: Uint8Array, probe: number): SendOutcome {
    if (this.closeCode !== null || this.backlogBytes() > this.limitBytes) return DROPPED
    this.items.push(bytes.slice())
    if (probe !== NO_PROBE) this.items.push(probe)
    this.unreadBytes += bytes.length
    return this.backlogBytes() > 0 ? BUFFERED : SENT
  }

  probe(number: number): void {
    this.items.push(number)
  }

  backlogBytes(): number {
    if (this.closeCode !== null) return 0
    return Math.max(0, this.unreadBytes - this.kernelBytes)
  }

  close(fault: FaultName): void {
    this.closeCode ??= closeCodeOf(fault) ?? 1006
  }

  /** The peer reads its next frame, if there is one, and comes to the probes around it. */
  read(): Uint8Array | null {
    for (;;) {
      const item = this.items.shift()
      if (typeof item === 'number') {
        this.probes.push(item)
        continue
      }
      if (item === undefined) return null
      this.unreadBytes -= item.length
      while (typeof this.items[0] === 'number') this.probes.push(this.items.shift() as number)
      return item
    }
  }
}
