/**
 * Lists of the HTTP API: any number of records, piece by piece, so that they make no prices wait.
 */
import type { HttpResponse } from 'uWebSockets.js'
import type { FeedState } from '../market/feed.ts'
import type { Topic } from '../market/topic.ts'
import type { TransportCounters } from './counters.ts'
import { begin } from './respond.ts'

/** Topics looked at in one turn of the event loop: a list of 100,000 must not make the prices wait. */
const TOPICS_A_TURN = 500

/** A topic's record as JSON; null: it is left out. */
type TextOf = (topic: Topic) => string | null

/** Lists that have a piece to write. One piece a turn in all: two hundred lists at once must not stop the prices. */
const waiting: (() => void)[] = []

let isTurnPlanned = false

function takeTurn(write: () => void): void {
  waiting.push(write)
  if (!isTurnPlanned) setImmediate(nextTurn)
  isTurnPlanned = true
}

function nextTurn(): void {
  waiting.shift()?.()
  isTurnPlanned = waiting.length > 0
  if (isTurnPlanned) setImmediate(nextTurn)
}

/**
 * Writes `{"feed":...,"records":[...]}` piece by piece, as far as the client reads it: which may take it for ever, so it is
 * cut off, without an end, once it may not read any more.
 */
export function sendList(
  res: HttpResponse,
  counters: TransportCounters,
  feed: FeedState,
  lists: readonly (readonly Topic[])[],
  textOf: TextOf,
  mayRead: () => boolean,
): void {
  let isOver = false
  let isBegun = false
  let comma = ''
  const pieces = piecesOf(lists, textOf)
  res.onAborted(() => {
    isOver = true
  })
  const more = (): boolean => {
    if (isOver) return true
    if (!mayRead()) {
      isOver = true
      res.close()
      return true
    }
    let hasRoom = true
    res.cork(() => {
      if (!isBegun) {
        begin(res, counters, 200, { 'Content-Type': 'application/json' })
        res.write(`{"feed":${JSON.stringify(feed)},"records":[`)
      }
      isBegun = true
      const piece = pieces.next()
      isOver = piece.done === true
      if (isOver) return void res.end(']}\n')
      const text = piece.value
      if (text === '') return
      hasRoom = res.write(comma + text)
      comma = ','
    })
    if (!isOver && hasRoom) takeTurn(more)
    return hasRoom
  }
  res.onWritable(() => more())
  takeTurn(more)
}

/** Records of one turn each, with commas between; '' where none of them is to be seen. */
function* piecesOf(
  lists: readonly (readonly Topic[])[],
  textOf: TextOf,
): Generator<string, undefined> {
  for (const topics of lists) {
    // Topics to come are left out; none goes away while the server runs.
    const count = topics.length
    for (let next = 0; next < count; next += TOPICS_A_TURN) {
      const texts = topics.slice(next, Math.min(count, next + TOPICS_A_TURN)).map(textOf)
      yield texts.filter((text) => text !== null).join(',')
    }
  }
}
