/**
 * Drain: goal: everybody gets one stretch of the window, evenly, in an order that is chance alone, and is closed after
 * it. Method: properties of the plan over any number of clients, windows and random sources; drains of lanes without
 * sockets, whose clock a test moves.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Drain, planOf } from '../../../src/session/drain.ts'
import { eventually } from '../../support/eventually.ts'
import { type FakePeer, Fanout } from '../../support/fanout.ts'

const COUNT = fc.integer({ min: 0, max: 300 })
const WINDOW_MS = fc.integer({ min: 0, max: 3_600_000 })
const SEED = fc.integer({ min: 1 })

test('every client gets one stretch', () => {
  fc.assert(
    fc.property(COUNT, WINDOW_MS, SEED, (count, windowMs, seed) => {
      const clients = Array.from({ length: count }, (_, i) => i)
      const plan = planOf(clients, windowMs, randomOf(seed))
      expect(plan.map(({ client }) => client).sort((a, b) => a - b)).toEqual(clients)
    }),
  )
})

test('the stretches lie end to end over the whole window, as long as each other to a ms', () => {
  fc.assert(
    fc.property(COUNT, WINDOW_MS, SEED, (count, windowMs, seed) => {
      const stretches = planOf(Array(count).keys(), windowMs, randomOf(seed)).map(
        (it) => it.stretch,
      )
      let endMs = 0
      for (const [fromMs, toMs] of stretches) {
        expect(fromMs).toBe(endMs)
        expect(Number.isInteger(toMs)).toBe(true)
        expect(Math.abs(toMs - fromMs - windowMs / count)).toBeLessThan(1.001)
        endMs = toMs
      }
      expect(endMs).toBe(count === 0 ? 0 : windowMs)
    }),
  )
})

test('any client may come at any place', () => {
  const clients = [0, 1, 2, 3]
  const seen = clients.map(() => new Set<number>())
  for (let seed = 1; seed <= 200; seed++) {
    planOf(clients, 1_000, randomOf(seed)).forEach(({ client }, place) => {
      seen[client]!.add(place)
    })
  }
  expect(seen.map(({ size }) => size)).toEqual([4, 4, 4, 4])
})

test('a random source at its bounds leaves nobody out', () => {
  for (const bound of [0, 1 - Number.EPSILON]) {
    const plan = planOf(['a', 'b', 'c'], 300, () => bound)
    expect(plan.map(({ client }) => client).sort()).toEqual(['a', 'b', 'c'])
  }
})

test('each is closed when its stretch and what it has to come back are over, not before', async () => {
  const fanout = new Fanout()
  const peers = Array.from({ length: 4 }, () => fanout.connect())
  const { hasEnded } = drain(fanout, 1_000)
  const byStretch = peers.toSorted((a, b) => Number(toldOf(a)[0]) - Number(toldOf(b)[0]))
  // A fifth of the time is for coming back.
  const stretches = [0, 200, 400, 600].map((fromMs) => [fromMs, fromMs + 200])
  expect(byStretch.map(toldOf)).toEqual(stretches)
  const closed = () => byStretch.map(({ outlet }) => outlet.closeCode === 1012)
  for (const [i, peer] of byStretch.entries()) {
    fanout.nowMs = (i + 2) * 200
    await eventually(() => closed()[i])
    expect(closed()).toEqual(byStretch.map((_, at) => at <= i))
    expect(hasEnded()).toBe(false)
    fanout.registry.remove(peer.lane)
  }
  await eventually(hasEnded)
})

test('a lane that is never gone does not keep it from ending', async () => {
  const fanout = new Fanout()
  const peer = fanout.connect()
  const { hasEnded } = drain(fanout, 1_000)
  fanout.nowMs = 1_001
  await eventually(hasEnded)
  expect(peer.outlet.closeCode).toBe(1012)
})

test('a crowd is told over several turns, each client what is left of its time', async () => {
  const fanout = new Fanout()
  const peers = Array.from({ length: 1_000 }, () => fanout.connect())
  drain(fanout, 10_000)
  const toldCount = () => peers.filter(({ counts }) => counts.goaway === 1).length
  for (const peer of peers) peer.read()
  expect(toldCount()).toBeLessThan(peers.length / 2)
  fanout.nowMs = 1_000
  await eventually(() => {
    for (const peer of peers) peer.read()
    return toldCount() === peers.length
  })
  const told = peers.map(toldOf).toSorted(([a], [b]) => Number(a) - Number(b))
  expect(told.at(-1)).toEqual([6_992, 7_000])
})

function drain({ registry, flush }: Fanout, drainMs: number) {
  let isOver = false
  void new Drain({ registry, flush, random: Math.random }).run(drainMs).then(() => {
    isOver = true
  })
  return { hasEnded: () => isOver }
}

/** The stretch in the one goaway that it was sent. */
function toldOf(peer: FakePeer): unknown[] {
  while (peer.read());
  const goaways = peer.messages.filter(({ type }) => type === 'goaway')
  expect(goaways).toEqual([{ type: 'goaway', reason: 'restart', reconnectMs: expect.any(Array) }])
  return goaways[0]!.reconnectMs as unknown[]
}

/** Mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}
