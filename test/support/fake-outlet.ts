/**
 * An outlet without a socket. Keeps the Outlet contract, as the real one does (test/contract/outlet.ts): the kernel
 * takes `kernelBytes`, what is beyond waits in this process, and nothing moves before read().
 */
import { BUFFERED, DROPPED, type Outlet, SENT, type SendOutcome } from '../../src/fanout/outlet.ts'
import { closeCodeOf, type FaultName } from '../../src/protocol/faults.ts'

export class FakeOutlet implements Outlet {
  closeCode: number | null = null
  private readonly kernelBytes: number
  private readonly limitBytes: number
  private readonly frames: Uint8Array[] = []
  private unreadBytes = 0

  constructor({ kernelBytes = 64 * 1024, limitBytes = 1024 * 1024 } = {}) {
    this.kernelBytes = kernelBytes
    this.limitBytes = limitBytes
  }

  send(bytes: Uint8Array): SendOutcome {
    if (this.closeCode !== null || this.backlogBytes() > this.limitBytes) return DROPPED
    this.frames.push(bytes.slice())
    this.unreadBytes += bytes.length
    return this.backlogBytes() > 0 ? BUFFERED : SENT
  }

  backlogBytes(): number {
    if (this.closeCode !== null) return 0
    return Math.max(0, this.unreadBytes - this.kernelBytes)
  }

  close(fault: FaultName): void {
    this.closeCode ??= closeCodeOf(fault) ?? 1006
  }

  /** The peer reads its next frame, if there is one. */
  read(): Uint8Array | null {
    const frame = this.frames.shift() ?? null
    this.unreadBytes -= frame?.length ?? 0
    return frame
  }
}
