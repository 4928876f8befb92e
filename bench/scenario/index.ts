/**
 * Every scenario, in the order in which they are listed.
 */
import { capacity } from './capacity.ts'
import { churn } from './churn.ts'
import { connectStorm } from './connect-storm.ts'
import { creditCost } from './credit-cost.ts'
import { dialects } from './dialects.ts'
import { drain } from './drain.ts'
import { firehose } from './firehose.ts'
import { hotSymbol } from './hot-symbol.ts'
import { http } from './http.ts'
import { idle } from './idle.ts'
import { redisOutage } from './redis-outage.ts'
import { replay } from './replay.ts'
import type { Scenario } from './scenario.ts'
import { screens } from './screens.ts'
import { slowReaders } from './slow-readers.ts'
import { soak } from './soak.ts'
import { stalled } from './stalled.ts'
import { watchlist } from './watchlist.ts'
import { workers } from './workers.ts'

export const SCENARIOS: readonly Scenario[] = [
  watchlist,
  firehose,
  hotSymbol,
  screens,
  slowReaders,
  stalled,
  connectStorm,
  churn,
  idle,
  capacity,
  redisOutage,
  drain,
  replay,
  http,
  dialects,
  creditCost,
  soak,
  workers,
]
