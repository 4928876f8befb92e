/**
 * Async iteration: latest value wins, nothing queues up, and it ends.
 */
import { expect, test } from 'vitest'
import { TickwireClientError } from '../../../src/client/index.ts'
import { Sdk } from '../../support/sdk.ts'

test('a busy consumer gets the newest value of each topic, and one update a topic', async () => {
  const sdk = await Sdk.opened()
  const updates = sdk.client.updates('t:*', { mode: 'delta' })[Symbol.asyncIterator]()
  for (let i = 1; i <= 500; i++) {
    for (const topic of ['t:A', 't:B']) {
      sdk.server.fanout.update(topic, { [`f${i % 3}`]: i, bid: i })
    }
    await sdk.move()
  }
  const seen = [await updates.next(), await updates.next()].map(({ value }) => value!)
  expect(seen.map(({ topic, record }) => [topic, record.bid])).toEqual([
    ['t:A', 500],
    ['t:B', 500],
  ])
  expect(seen[0]).toMatchObject({ seq: 500, superseded: 499, changed: null })
  // Nothing else waits.
  const waiting = updates.next()
  sdk.server.fanout.update('t:A', { bid: 501 })
  await sdk.move()
  expect((await waiting).value).toMatchObject({ changed: { bid: 501 }, superseded: 0 })
  for (const bid of [502, 503]) {
    sdk.server.fanout.update('t:A', { bid, [`at${bid}`]: true })
    await sdk.move()
  }
  expect((await updates.next()).value).toMatchObject({
    changed: { bid: 503, at502: true, at503: true },
    superseded: 1,
  })
  await updates.return!()
  expect(await updates.next()).toEqual({ done: true, value: undefined })
})

test('leaving the loop ends the subscription', async () => {
  const sdk = await Sdk.opened()
  sdk.server.fanout.update('t:A', { bid: 1 })
  const iterate = async () => {
    for await (const update of sdk.client.updates(['t:A'])) return update.record
    throw new Error('it ended')
  }
  const first = iterate()
  await sdk.move()
  expect(await first).toEqual({ bid: 1 })
  await sdk.pass(1_000)
  expect(sdk.server.fanout.registry.subscriptionCount).toBe(0)
})

test('close() ends it; a server that does not want the client back ends it with an error', async () => {
  const closed = await Sdk.opened()
  const waiting = closed.client.updates('t:A')[Symbol.asyncIterator]().next()
  closed.client.close()
  expect(await waiting).toEqual({ done: true, value: undefined })

  const refused = await Sdk.opened()
  const iterator = refused.client.updates('t:A')[Symbol.asyncIterator]()
  const failing = expect(iterator.next()).rejects.toThrow(TickwireClientError)
  for (const socket of [...refused.network.sockets]) socket.vanish({ code: 4501, reason: 'x' })
  await failing
  expect(await iterator.next()).toEqual({ done: true, value: undefined })
})

test('an error that nobody waited for comes behind what is unread', async () => {
  const sdk = await Sdk.opened()
  sdk.server.fanout.update('t:A', { bid: 1 })
  const iterator = sdk.client.updates('t:A')[Symbol.asyncIterator]()
  await sdk.move()
  for (const socket of [...sdk.network.sockets]) socket.vanish({ code: 4501, reason: 'x' })
  expect((await iterator.next()).value).toMatchObject({ record: { bid: 1 } })
  await expect(iterator.next()).rejects.toThrow('for good')
})

test('is for one reader', async () => {
  const sdk = await Sdk.opened()
  const iterator = sdk.client.updates('t:A')[Symbol.asyncIterator]()
  void iterator.next()
  await expect(iterator.next()).rejects.toThrow('before the last one')
})
