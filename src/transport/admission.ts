/**
 * Admission: who finds room: connections in all, from one address, and how many are let in a second. Plain counts.
 */
import { ProtocolError } from '../protocol/faults.ts'
import { limitKey } from './addresses.ts'
import { Bucket } from './bucket.ts'

export interface AdmissionSettings {
  readonly maxConnections: number
  /** 0: no limit. */
  readonly maxConnectionsPerAddress: number
  /** 0: no limit. */
  readonly acceptsPerS: number
}

export class Admission {
  private readonly settings: AdmissionSettings
  /** Open connections. */
  private count = 0
  /** Of those with any. Empty without that limit. */
  private readonly byAddress = new Map<string, number>()
  private readonly accepts: Bucket | null

  constructor(settings: AdmissionSettings, nowMs: number) {
    this.settings = settings
    const { acceptsPerS } = settings
    this.accepts = acceptsPerS === 0 ? null : new Bucket(acceptsPerS, acceptsPerS, nowMs)
  }

  /** Addresses that are being counted. */
  get addressCount(): number {
    return this.byAddress.size
  }

  /**
   * Throws ProtocolError (server_full, too_many_connections, server_busy) where there is no room. Takes nothing: those
   * who are refused, here or for another reason, cost next to nothing, and a flood of them must not use up the accepts
   * of honest clients.
   */
  check(address: string, nowMs: number): void {
    const { maxConnections, maxConnectionsPerAddress, acceptsPerS } = this.settings
    if (this.count >= maxConnections) {
      throw new ProtocolError('server_full', `${maxConnections} are here`)
    }
    if (maxConnectionsPerAddress > 0) {
      const there = this.byAddress.get(limitKey(address)) ?? 0
      if (there >= maxConnectionsPerAddress) {
        throw new ProtocolError('too_many_connections', `${there} from one address`)
      }
    }
    if (this.accepts !== null && this.accepts.level(nowMs) < 1) {
      throw new ProtocolError('server_busy', `at most ${acceptsPerS} a second`)
    }
  }

  /** Takes a place, and one of the second's accepts: a session costs, and so does checking a token. */
  enter(address: string, nowMs: number): void {
    this.count++
    this.accepts?.take(nowMs)
    if (this.settings.maxConnectionsPerAddress === 0) return
    const key = limitKey(address)
    this.byAddress.set(key, (this.byAddress.get(key) ?? 0) + 1)
  }

  /** Gives the place back. */
  leave(address: string): void {
    this.count--
    const key = limitKey(address)
    const there = this.byAddress.get(key) ?? 0
    if (there > 1) this.byAddress.set(key, there - 1)
    else this.byAddress.delete(key)
  }
}
