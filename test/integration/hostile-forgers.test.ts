/**
 * Hostile readers, part two: clients that answer probes without having read what is before them. Their numbers can be
 * guessed, so credit does not hold them: their sockets do, once the kernel's buffers are full. That costs themselves
 * the age of what they read, and nobody else anything (test/support/battlefield.ts looks after every test).
 */
import { expect, onTestFinished, test } from 'vitest'
import { FRAME_BYTES_MAX } from '../../src/fanout/credit.ts'
import { battlefield, hostileLanes } from '../support/battlefield.ts'
import { eventually } from '../support/eventually.ts'
import { forge, openDeaf, openDripping } from '../support/hostile.ts'
import { metricOf, metricsOf } from '../support/serve.ts'

/** Fills the kernel's buffers of a socket in seconds. */
const LOAD = { topics: 200, updatesPerS: 1_000, updateBytes: 1_000 }
const FORGERS = 3
const FILL_TIMEOUT_MS = 60_000

const field = battlefield(
  {
    TICKWIRE_LANE_TIMEOUT_MS: '3000',
    TICKWIRE_HEARTBEAT_MS: '500',
    // Wrong guesses cost nothing: what holds them must not be that.
    TICKWIRE_REQUESTS_PER_S: '100000',
    TICKWIRE_REQUESTS_BURST: '100000',
  },
  LOAD,
)

const SLOW_READERS = 'tickwire_faults_total{fault="slow_reader"}'

test('clients that answer without reading are held by their sockets, and closed in time', {
  timeout: 2 * FILL_TIMEOUT_MS,
}, async () => {
  const { server } = field()
  const before = await metricsOf(server)
  for (let i = 0; i < FORGERS; i++) {
    const { socket } = await openDeaf(server.port)
    const stop = forge(socket)
    onTestFinished(() => {
      stop()
      socket.destroy()
    })
  }
  let backlogMost = 0
  const allClosed = async () => {
    for (const { hold, backlogBytes } of await hostileLanes(field())) {
      if (hold === 'socket') backlogMost = Math.max(backlogMost, backlogBytes)
    }
    expect(await metricOf(server, SLOW_READERS)).toBe(before[SLOW_READERS]! + FORGERS)
  }
  await eventually(allClosed, { timeoutMs: FILL_TIMEOUT_MS })
  // A frame, and the probe behind it.
  expect(backlogMost).toBeGreaterThan(0)
  expect(backlogMost).toBeLessThanOrEqual(FRAME_BYTES_MAX + 100)
  const after = await metricsOf(server)
  const held = (name: string) => after[name]! - before[name]!
  expect(held('tickwire_holds_total{why="socket"}')).toBeGreaterThanOrEqual(FORGERS)
  expect(after['tickwire_lanes{hold="socket"}']).toBe(0)
})

test('one that answers all and reads a byte a second ends no better', {
  timeout: 2 * FILL_TIMEOUT_MS,
}, async () => {
  const { server } = field()
  const before = await metricOf(server, SLOW_READERS)
  const dripping = await openDripping(server.port, 1_000)
  const stop = forge(dripping.socket)
  onTestFinished(() => {
    stop()
    dripping.destroy()
  })
  await eventually(async () => expect((await hostileLanes(field()))[0]!.hold).toBe('socket'), {
    timeoutMs: FILL_TIMEOUT_MS,
  })
  await eventually(noneLeft, { timeoutMs: FILL_TIMEOUT_MS })
  expect(await metricOf(server, SLOW_READERS)).toBe(before + 1)
  expect(dripping.readCount).toBeGreaterThan(0)
})

async function noneLeft(): Promise<void> {
  expect(await hostileLanes(field())).toEqual([])
}
