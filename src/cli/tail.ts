/**
 * Tail: prints what a server sends, a JSON line a message, or shows it as a table.
 * Next:  tail-session.ts, or tail-table.ts for --table
 */
import { DEFAULT_DIALECT, DIALECTS } from '../protocol/dialects.ts'
import { MODES } from '../protocol/messages.ts'
import { INTERVAL_MS_MAX } from '../protocol/requests.ts'
import { type Command, UsageError } from './command.ts'
import { oneOf, parseOptions, wholeNumber } from './options.ts'
import { untilSignal } from './signals.ts'
import { TailSession } from './tail-session.ts'
import { TailTable } from './tail-table.ts'
import { tokenFrom } from './tail-token.ts'

const DEFAULT_URL = 'ws://127.0.0.1:9000/ws'

const OPTIONS = {
  url: { type: 'string' },
  dialect: { type: 'string' },
  interval: { type: 'string' },
  mode: { type: 'string' },
  count: { type: 'string' },
  all: { type: 'boolean' },
  table: { type: 'boolean' },
  'token-file': { type: 'string' },
} as const

export const tail: Command = {
  summary: 'print what a server sends, a JSON line a message',
  help: `usage: tickwire tail [OPTION...] TOPIC...

TOPIC is a name such as ticker:BTC-USD, or ticker:* for every topic of a channel.

  --url URL          the server (${DEFAULT_URL}); wss:// trusts what Node does, and NODE_EXTRA_CA_CERTS=FILE
  --token-file PATH  a file with the token, read again when that expires; else TICKWIRE_TOKEN in the environment
  --dialect NAME     json (default) or msgpack; the lines are JSON either way
  --interval MS      at most one message of a topic in so many milliseconds (0: every change)
  --mode MODE        full (default): whole records; delta: only what changed
  --count N          end after N lines
  --all              print hello, result, heartbeat, probe and auth_expiring messages too
  --table            show a live table in the terminal instead, until Ctrl-C; comes back when the server does

Ends with exit code 0 at Ctrl-C, after N lines or when nobody reads its output any more; with 1 when the server cannot
be reached, does not accept the token (bad_token), allows or accepts none of the topics (not_allowed), or closes.`,

  async run(args) {
    const { values, positionals } = parseOptions(args, OPTIONS)
    if (positionals.length === 0) throw new UsageError('name at least one TOPIC')
    const url = values.url ?? DEFAULT_URL
    if (!/^wss?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) {
      throw new UsageError(`--url must be a ws:// or wss:// URL, not '${url}'`)
    }
    const names = DIALECTS.map(({ name }) => name)
    const dialect = oneOf('dialect', values.dialect, names)
    const options = {
      url,
      dialect: DIALECTS.find(({ name }) => name === dialect) ?? DEFAULT_DIALECT,
      topics: positionals,
      intervalMs: wholeNumber('interval', values.interval, [0, INTERVAL_MS_MAX]) ?? 0,
      mode: oneOf('mode', values.mode, MODES) ?? 'full',
      linesMax: wholeNumber('count', values.count, [1, 1e12]) ?? Number.POSITIVE_INFINITY,
      printsAll: values.all ?? false,
      token: tokenFrom(values['token-file'], process.env),
    }
    if (values.table !== true) {
      return Promise.race([new TailSession(options).run(), untilSignal().then(() => 0)])
    }
    if (values.count !== undefined || options.printsAll) {
      throw new UsageError('--table goes with neither --count nor --all')
    }
    if (!process.stdout.isTTY) throw new UsageError('--table needs a terminal to draw on')
    return new TailTable(options, process.stdout).run(untilSignal())
  },
}
