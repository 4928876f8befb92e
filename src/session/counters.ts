/**
 * What the sessions count: plain numbers, which ops/metrics.ts copies when it is asked.
 */
import { FAULT_NAMES, type FaultName } from '../protocol/faults.ts'
import { METHODS, type Method } from '../protocol/requests.ts'

export class SessionCounters {
  readonly requests = Object.fromEntries(METHODS.map((method) => [method, 0])) as Record<
    Method,
    number
  >
  /** Pongs that answer no probe. */
  unaskedPongs = 0
  /** Acks that answer no probe. */
  unaskedAcks = 0
  /** Faults that clients were told of, in messages, closes and HTTP answers. */
  readonly faults = Object.fromEntries(FAULT_NAMES.map((name) => [name, 0])) as Record<
    FaultName,
    number
  >
}
