/**
 * Aggregate: goal: several processes' metrics are added up as those of one, and what only rises never falls, whoever ends
 * or is silent. Method: real expositions, with numbers set by hand.
 */
import { expect, test } from 'vitest'
import { Histogram } from '../../../src/fanout/histogram.ts'
import { Aggregate } from '../../../src/ops/aggregate.ts'
import { Exposition } from '../../../src/ops/exposition.ts'

class Worker {
  readonly exposition = new Exposition()
  readonly histogram = new Histogram([10, 100])
  updates = 0
  connections = 0
  expiresAt = 0
  state = 'live'

  constructor() {
    const { exposition } = this
    exposition.counter('updates_total', 'Updates.', () => this.updates)
    exposition.gauge('connections', 'Connections.', () => this.connections)
    exposition.gauge('expiry', 'Expiry.', () => this.expiresAt, undefined, 'min')
    exposition.gauge('state', 'State.', () => ({ [this.state]: 1 }), 'state', 'max')
    exposition.histogram('age_seconds', 'Age.', this.histogram)
  }
}

/** What the text says of the names that were asked for. */
async function said(
  aggregate: Aggregate<Worker>,
  answered: readonly Worker[],
): Promise<Record<string, number>> {
  for (const worker of answered) aggregate.note(worker, await worker.exposition.snapshot())
  const text = await aggregate.text(new Set(answered), [])
  const lines = text.split('\n').filter((line) => line.startsWith('tickwire_'))
  return Object.fromEntries(
    lines.map((line) => {
      const [name, value] = line.split(' ')
      return [name, Number(value)]
    }),
  )
}

test('sums, least and most, by labels', async () => {
  const [a, b] = [new Worker(), new Worker()]
  Object.assign(a, { updates: 3, connections: 5, expiresAt: 9 })
  Object.assign(b, { updates: 4, connections: 6, expiresAt: 8, state: 'down' })
  a.histogram.add(50)
  b.histogram.add(5)
  expect(await said(new Aggregate(), [a, b])).toEqual({
    tickwire_updates_total: 7,
    tickwire_connections: 11,
    tickwire_expiry: 8,
    'tickwire_state{state="live"}': 1,
    'tickwire_state{state="down"}': 1,
    'tickwire_age_seconds_bucket{le="0.01"}': 1,
    'tickwire_age_seconds_bucket{le="0.1"}': 2,
    'tickwire_age_seconds_bucket{le="+Inf"}': 2,
    tickwire_age_seconds_sum: 0.055,
    tickwire_age_seconds_count: 2,
  })
})

test('who is silent stays in the sums, and is in no gauge', async () => {
  const aggregate = new Aggregate<Worker>()
  const [a, b] = [new Worker(), new Worker()]
  Object.assign(a, { updates: 3, connections: 5 })
  Object.assign(b, { updates: 4, connections: 6 })
  await said(aggregate, [a, b])
  a.updates = 10
  expect(await said(aggregate, [a])).toMatchObject({
    tickwire_updates_total: 14,
    tickwire_connections: 5,
  })
})

test('who has ended stays in the sums, once, whatever comes behind its end', async () => {
  const aggregate = new Aggregate<Worker>()
  const workers = Array.from({ length: 4 }, () => new Worker())
  for (const worker of workers) {
    Object.assign(worker, { updates: 1, connections: 1 })
    worker.histogram.add(1)
  }
  await said(aggregate, workers)
  for (const worker of workers.slice(1)) aggregate.retire(worker)
  expect(await said(aggregate, workers)).toMatchObject({
    tickwire_updates_total: 4,
    tickwire_connections: 1,
    tickwire_age_seconds_count: 4,
    'tickwire_age_seconds_bucket{le="0.01"}': 4,
  })
})
