/**
 * Fuzz samples: what really travels, for inputs to be made around.
 */
import { pack } from 'msgpackr'
import { MESSAGE_SAMPLES, REQUEST_SAMPLES } from '../../src/protocol/samples.ts'
import { BAD_PAYLOADS } from './bad-payloads.ts'

/** As exchanges' feeds write them: prices as texts, times with fractions, fields that not all have. */
export const RECORD_LINES: readonly string[] = [
  '{"ts":1617647428063.997,"symbol":"BTC-USD","venue":"alpha","bid":"58721.20000","bidSize":"4.24577660","ask":"58721.30000","askSize":"0.00640000","ots":1617666451293.778}',
  '{"ts":1617647428068.601,"symbol":"LTC-USDT","venue":"beta-us","bid":"215.21","bidSize":"9.64","ask":"215.95","askSize":"8.05","last":"215.83","ots":1617645156257.518}',
  '{"ts":1617647428132.592,"symbol":"LTC-BTC","venue":"gamma","bid":"0.00368551","ask":"0.00369461","last":"0.00368183","ots":1617649133571.134}',
  '{"bid": "9.50", "n": 5, "live": true, "gone": null}',
  '{"a":"1","b":2,"c":false,"ts":3,"seq":4}',
  '{"7":"x","a":-0.5,"note":"caf\u00e9 \u{1f680}"}',
]

const RECORDS = RECORD_LINES.map((line) => JSON.parse(line) as { [field: string]: unknown })

/** What publishers send, in either encoding, and what they must not. */
export const PAYLOADS: readonly Buffer[] = [
  ...RECORD_LINES.map((line) => Buffer.from(line)),
  Buffer.from(`[${RECORD_LINES.join(',')}]`),
  ...RECORDS.map((record) => Buffer.from(pack(record))),
  Buffer.from(pack(RECORDS)),
  ...BAD_PAYLOADS.map(([, , payload]) => payload).filter(({ length }) => length < 20_000),
]

const REQUESTS: readonly unknown[] = [
  ...REQUEST_SAMPLES.map(({ request }) => request),
  {
    id: 9,
    method: 'subscribe',
    params: { topics: ['ticker:A', 'ticker:B', '*', 'no topic'], mode: 'delta', intervalMs: 250 },
  },
  { id: 'more', method: 'subscribe', params: { topics: ['t:1', 't:2', 't:3'] } },
  { id: 'most', method: 'subscribe', params: { topics: ['t:4', 't:*', 't:5'], mode: 'full' } },
  { id: 10, method: 'unsubscribe', params: { topics: ['ticker:*', 'ticker:ETH-USD'] } },
  {
    id: 11,
    method: 'subscribe',
    params: { topics: ['ticker:ETH-USD', 't:0'], intervalMs: 60_000 },
  },
]

export const REQUESTS_IN = {
  json: REQUESTS.map((request) => Buffer.from(JSON.stringify(request))),
  msgpack: REQUESTS.map((request) => Buffer.from(pack(request))),
} as const

const MESSAGES = MESSAGE_SAMPLES.map(({ message }) => message)

/** Frames of a server: of one message each, and one of all. */
export const FRAMES_IN = {
  json: [...MESSAGES.map((one) => [one]), MESSAGES].map((it) => Buffer.from(JSON.stringify(it))),
  msgpack: [...MESSAGES.map((one) => [one]), MESSAGES].map((it) => Buffer.from(pack(it))),
} as const
