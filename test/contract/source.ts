/**
 * The contract of src/ingest/source.ts, for every source. A harness makes sources that deliver updates for as long as
 * they run.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Source } from '../../src/ingest/source.ts'
import { eventually } from '../support/eventually.ts'
import { RecordingSink } from '../support/recording-sink.ts'

export interface SourceHarness {
  /** May be called several times: all of them deliver. */
  make(): Source
  dispose(): Promise<void>
}

const UPDATES_AWAITED = 20

export function sourceContract(name: string, open: () => Promise<SourceHarness>): void {
  describe(`${name} keeps the contract of a source`, () => {
    let harness: SourceHarness
    let source: Source
    let sink: RecordingSink

    beforeEach(async () => {
      harness = await open()
      source = harness.make()
      sink = new RecordingSink()
    })
    afterEach(async () => {
      await source.stop()
      await harness.dispose()
    })

    const delivers = async (to: RecordingSink, more = UPDATES_AWAITED) => {
      const wanted = to.count('update') + more
      await eventually(() => to.count('update') >= wanted)
    }

    test('it announces a reload before anything else, and then that it is up', async () => {
      await source.start(sink)
      await delivers(sink)
      await eventually(() => sink.calls.includes('up'))
      expect(sink.calls[0]).toBe('beginReload')
    })

    test('stored records come only between beginReload and up', async () => {
      await source.start(sink)
      await eventually(() => sink.calls.includes('up'))
      await delivers(sink)
      const { calls } = sink
      expect(calls.lastIndexOf('stored')).toBeLessThan(calls.indexOf('up'))
      expect(calls.slice(0, calls.indexOf('beginReload'))).not.toContain('stored')
    })

    test('updates are not changed after they were handed over', async () => {
      await source.start(sink)
      await delivers(sink)
      expect(sink.updates.map(({ update }) => JSON.stringify(update))).toEqual(sink.texts)
    })

    test('updates are flat', async () => {
      await source.start(sink)
      await delivers(sink)
      for (const { update } of sink.updates) {
        for (const value of Object.values(update)) {
          expect(['string', 'number', 'boolean']).toContain(typeof value)
        }
      }
    })

    test('it says nothing once stop has resolved, while another one goes on', async () => {
      const control = harness.make()
      const controlSink = new RecordingSink()
      await Promise.all([source.start(sink), control.start(controlSink)])
      await delivers(sink)
      await source.stop()
      const saidCount = sink.said.length
      await delivers(controlSink)
      await control.stop()
      expect(sink.said.length).toBe(saidCount)
    })

    test('it can be stopped twice', async () => {
      await source.start(sink)
      await source.stop()
      await source.stop()
    })

    test('it can be stopped before it was started', async () => {
      await source.stop()
      expect(sink.said).toEqual([])
    })
  })
}
