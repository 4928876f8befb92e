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
    why: 'connected and quiet, just not for long enough: silence counts from the next tick',
    steps: [
      ['up', 5],
      ['tick', 10],
      ['tick', 1_009],
    ],
    state: 'live',
    since: 5,
  },
  {
    why: 'connected and quiet for too long',
    steps: [
      ['up', 5],
      ['tick', 10],
      ['tick', 1_010],
    ],
    state: 'stale',
    since: 1_010,
  },
  {
    why: 'updates keep it live',
    steps: [
      ['up', 5],
      ['tick', 10],
      ['heard', 900],
      ['tick', 1_100],
      ['tick', 2_099],
    ],
    state: 'live',
    since: 5,
  },
  {
    why: 'an update after silence',
    steps: [
      ['up', 5],
      ['tick', 10],
      ['tick', 2_000],
      ['heard', 2_001],
    ],
    state: 'live',
    since: 2_001,
  },
  {
    why: 'an update after silence, and silence again',
    steps: [
      ['up', 5],
      ['tick', 10],
      ['tick', 2_000],
      ['heard', 2_001],
      ['tick', 2_100],
      ['tick', 3_100],
    ],
    state: 'stale',
    since: 3_100,
  },
  {
    why: 'to be connected is not to be heard',
    steps: [
      ['up', 5],
      ['tick', 10],
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
      ['tick', 10],
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
      ['tick', 6],
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
      ['tick', 6],
      ['down', 7],
      ['tick', 4_000],
      ['up', 5_000],
      ['tick', 5_100],
      ['tick', 6_099],
    ],
    state: 'live',
    since: 5_000,
  },
]

/** Ticks are on a clock of their own, an hour behind. */
function take(feed: Feed, call: Step[0], atMs: number): void {
  if (call === 'tick') feed.tick(atMs - 3_600_000, atMs)
  else feed[call](atMs)
}

describe('Feed', () => {
  test.each(STORIES)('$why: $state', ({ steps, state, since }) => {
    const feed = new Feed(STALE_AFTER_MS, START_MS, () => {})
    for (const [call, atMs] of steps) take(feed, call, START_MS + atMs)
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
    for (const atMs of [10, 1_500, 1_600]) feed.tick(atMs, atMs)
    feed.heard(1_700)
    feed.down(1_800)
    expect(told).toEqual(['live 2', 'stale 1500', 'live 1700', 'down 1800'])
  })
})

test('a wall clock that steps neither hides silence nor makes it', () => {
  for (const stepMs of [3_600_000, -3_600_000]) {
    const feed = new Feed(5_000, START_MS, () => {})
    feed.up(START_MS)
    feed.tick(0, START_MS)
    const states: FeedState[] = []
    for (let nowMs = 1_000; nowMs <= 6_000; nowMs += 1_000) {
      feed.tick(nowMs, START_MS + nowMs + stepMs)
      states.push(feed.state)
    }
    expect(states).toEqual(['live', 'live', 'live', 'live', 'stale', 'stale'])
  }
})
