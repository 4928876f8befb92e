/**
 * Profiles: what this process does with its time and its memory, for Chromium's developer tools. One at a time.
 */
import { Session } from 'node:inspector/promises'
import { getHeapSnapshot } from 'node:v8'

/** Finer than this the profiler itself is what is seen. */
const SAMPLE_US = 500

export class Profiles {
  private isBusy = false

  /** A CPU profile of so many seconds, as JSON (`.cpuprofile`); null while another profile is being made. */
  async cpu(seconds: number): Promise<AsyncIterable<Uint8Array> | null> {
    if (this.isBusy) return null
    this.isBusy = true
    return this.sample(seconds)
  }

  /**
   * A heap snapshot, as pieces of JSON (`.heapsnapshot`); null while another profile is being made. The process stands
   * still while it is taken, and needs as much memory again.
   */
  async heap(): Promise<AsyncIterable<Uint8Array> | null> {
    if (this.isBusy) return null
    this.isBusy = true
    return this.snapshot()
  }

  private async *sample(seconds: number): AsyncGenerator<Uint8Array> {
    const session = new Session()
    session.connect()
    try {
      await session.post('Profiler.enable')
      await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_US })
      await session.post('Profiler.start')
      await new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
      const { profile } = await session.post('Profiler.stop')
      yield Buffer.from(JSON.stringify(profile))
    } finally {
      this.isBusy = false
      session.disconnect()
    }
  }

  private async *snapshot(): AsyncGenerator<Uint8Array> {
    try {
      yield* getHeapSnapshot()
    } finally {
      this.isBusy = false
    }
  }
}
