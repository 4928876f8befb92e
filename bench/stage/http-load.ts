/**
 * HTTP load: requests at a steady rate until stop(), by autocannon. Its own percentiles are in whole ms, and wrong when
 * the rate is limited: response times are counted here, as they come.
 */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import autocannon from 'autocannon'
import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js'

const CONNECTIONS_MAX = 10
/** Longer than any round: stop() ends it. */
const DURATION_S = 3_600
const US_PER_MS = 1_000

export interface HttpLoadOptions {
  /** Such as `http://127.0.0.1:9000`. */
  readonly origin: string
  /** Asked for in turns. */
  readonly paths: readonly string[]
  readonly perS: number
}

export class HttpLoad {
  count = 0
  /** Answered with something else than 200, or not at all. */
  failed = 0
  private readonly times = build({ numberOfSignificantValueDigits: 3 })
  private readonly instances: autocannon.Instance[] = []
  private readonly ends: Promise<unknown>[] = []

  /**
   * Begins with one connection after the other, over a second: each sends what it has for a second at its beginning,
   * and all at the same time would be a burst.
   */
  async start({ origin, paths, perS }: HttpLoadOptions): Promise<void> {
    const connections = Math.min(CONNECTIONS_MAX, Math.ceil(perS))
    for (let i = 0; i < connections; i++) {
      this.connect({
        url: origin,
        connections: 1,
        overallRate: Math.max(1, Math.round(perS / connections)),
        // Without it, autocannon adds samples for an expected interval that it takes to be 1 ms.
        ignoreCoordinatedOmission: true,
        duration: DURATION_S,
        requests: paths.map((path) => ({ path })),
      })
      await sleep(1_000 / connections)
    }
  }

  /** What is answered from now on counts. */
  begin(): void {
    this.count = 0
    this.times.reset()
  }

  /** Whole us: an HDR histogram, V2, compressed, base64. */
  get histogram(): string {
    return encodeIntoCompressedBase64(this.times)
  }

  async stop(): Promise<void> {
    for (const instance of this.instances) instance.stop()
    await Promise.all(this.ends)
  }

  private connect(options: autocannon.Options): void {
    // With a callback it returns an emitter, and no promise.
    const instance = autocannon(options, () => {})
    this.instances.push(instance)
    this.ends.push(once(instance, 'done'))
    instance.on('response', (_client, status, _bytes, ms) => this.add(status, ms))
    instance.on('reqError', () => {
      this.failed++
    })
  }

  private add(status: number, ms: number): void {
    if (status !== 200) this.failed++
    this.count++
    this.times.recordValue(Math.max(1, Math.round(ms * US_PER_MS)))
  }
}
