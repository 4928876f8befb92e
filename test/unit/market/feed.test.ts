/**
 * Feed: goal: nobody mistakes a dead feed for a quiet market. Method: a table of stories on a clock of our own.
 */
import { describe, expect, test } from 'vitest'
import { Feed, type FeedState } from '../../../src/market/feed.ts'

const STALE_AFTER_MS = 1_000
const START_MS = 10_000

type Step = readonly ['up' | 'down' | 'heard' | 'tick', number]

const STORIES: readonly { why: string; steps: Step[]; state: FeedState; since: number }[] = [
  { why: 'nothing has happened', steps: [], state: 'down', since: 0 },
  { why: 'connected', steps: [['up', 5]], state: 'live', since: 5 },
  {
    why: 'an update before the connection is said to stand',
    steps: [['heard', 5]],
    state: 'down',
    since: 0,
  },
  {
    why: 'connected and quiet, just not for long enough',
    steps: [
      ['up', 5],
      ['tick', 1_004],
    ],
    state: 'live',
    since: 5,
  },
  {
    why: 'connected and quiet for too long',
    steps: [
      ['up', 5],
      ['tick', 1_005],
    ],
    state: 'stale',
    since: 1_005,
  },
  {
    why: 'updates keep it live',
    steps: [
      ['up', 5],
      ['heard', 900],
      ['tick', 1_899],
    ],
    state: 'live',
    since: 5,
  },
  {
    why: 'an update after silence',
    steps: [
      ['up', 5],
      ['tick', 2_000],
      ['heard', 2_001],
    ],
    state: 'live',
    since: 2_001,
  },
  {
    why: 'to be connected is not to be heard',
    steps: [
      ['up', 5],
      ['tick', 2_000],
      ['up', 2_001],
    ],
    state: 'stale',
    since: 2_000,
  },
  {
    why: 'gone while stale',
    steps: [
      ['up', 5],
      ['tick', 2_000],
      ['down', 2_001],
    ],
    state: 'down',
    since: 2_001,
  },
  {
    why: 'gone twice is gone since the first time',
    steps: [
      ['up', 5],
      ['down', 7],
      ['down', 9],
    ],
    state: 'down',
    since: 7,
  },
  {
    why: 'down does not become stale',
    steps: [
      ['up', 5],
      ['down', 7],
      ['tick', 9_000],
    ],
    state: 'down',
    since: 7,
  },
  {
    why: 'silence counts from the return, not from the last update before the break',
    steps: [
      ['up', 5],
      ['heard', 6],
      ['down', 7],
      ['up', 5_000],
      ['tick', 5_999],
    ],
    state: 'live',
    since: 5_000,
  },
]

describe('Feed', () => {
  test.each(STORIES)('$why: $state', ({ steps, state, since }) => {
    const feed = new Feed(STALE_AFTER_MS, START_MS, () => {})
    for (const [call, atMs] of steps) feed[call](START_MS + atMs)
    expect({ state: feed.state, since: feed.sinceMs - START_MS }).toEqual({ state, since })
  })

  test('each change is told once, after it has been made', () => {
    const told: string[] = []
    const feed = new Feed(STALE_AFTER_MS, 0, ({ state, sinceMs }) =>
      told.push(`${state} ${sinceMs}`),
    )
    feed.down(1)
    feed.up(2)
    feed.up(3)
    feed.heard(4)
    feed.tick(1_500)
    feed.tick(1_600)
    feed.heard(1_700)
    feed.down(1_800)
    expect(told).toEqual(['live 2', 'stale 1500', 'live 1700', 'down 1800'])
  })
})

test('a clock that is set back does not hide silence', () => {
  const feed = new Feed(5_000, 3_600_000, () => {})
  feed.up(3_600_000)
  feed.heard(3_600_000)
  for (let nowMs = 0; nowMs <= 6_000; nowMs += 1_000) feed.tick(nowMs)
  expect(feed.state).toBe('stale')
})
