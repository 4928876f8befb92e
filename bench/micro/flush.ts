/**
 * Hop 5: what a flush costs a lane, without the socket.
 */
import { Fanout } from '../../test/support/fanout.ts'
import { type MicroBench, type MicroCase, SYMBOLS, updates } from './bench.ts'
import { BlackHole } from './outlet.ts'

export const flush: MicroBench = {
  name: 'flush',
  asks: 'what does a flush cost a lane (figures are per lane and flush), socket excluded?',
  cases: () => [
    flushed({ lanes: 1_000, topics: 1, pending: 1, isShared: true }),
    flushed({ lanes: 1_000, topics: 20, pending: 20, isShared: true }),
    flushed({ lanes: 1_000, topics: 20, pending: 20, isShared: false }),
    flushed({ lanes: 100, topics: 200, pending: 40, isShared: true }),
    flushed({ lanes: 1_000, topics: 1, pending: 1, isShared: true, hasCredit: true }),
    flushed({ lanes: 1_000, topics: 20, pending: 20, isShared: true, hasCredit: true }),
    flushed({ lanes: 1_000, topics: 20, pending: 20, isShared: false, hasCredit: true }),
  ],
}

interface Load {
  readonly lanes: number
  /** Subscriptions of each lane. */
  readonly topics: number
  /** How many of them have something new at each flush. */
  readonly pending: number
  /** Whether all lanes have the same topics. */
  readonly isShared: boolean
  /** Whether lanes have credit, and every probe is answered at once. */
  readonly hasCredit?: boolean
}

function flushed({ lanes, topics, pending, isShared, hasCredit = false }: Load): MicroCase {
  const fanout = new Fanout(hasCredit)
  const { first } = updates()
  for (const { topic, update } of first) fanout.update(topic, update)
  const holes = Array.from({ length: lanes }, () => new BlackHole())
  const peers = holes.map((hole) => fanout.connect(undefined, hole))
  const answerAll = () => {
    if (hasCredit) for (const [i, hole] of holes.entries()) hole.answer(fanout, peers[i]!.lane)
  }
  for (const [lane, peer] of peers.entries()) {
    for (let i = 0; i < topics; i++) {
      peer.join(first[isShared ? i : (lane * 7 + i * 11) % SYMBOLS]!.topic)
    }
  }
  while (fanout.endTurn()) answerAll()
  const changed = isShared ? first.slice(0, pending) : first
  let round = 0
  return {
    name: `${lanes} lanes, ${pending} of ${topics} topics new, ${isShared ? 'the same' : 'different'}${hasCredit ? ', credit' : ''}`,
    updates: lanes,
    run() {
      const bid = `${round++}`
      for (const { topic } of changed) fanout.update(topic, { bid })
      fanout.nowMs += 1
      fanout.endTurn()
      answerAll()
    },
  }
}
