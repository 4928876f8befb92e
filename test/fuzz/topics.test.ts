/**
 * Fuzz, names and handshakes: goal: topic names, selectors, dialects and kinds of probes are taken or refused as their
 * rules say, for any text. Method: test/support/fuzz.ts, next to the rules written anew, character by character.
 */
import { channelOf, parseSelector, TOPIC_CHARS_MAX } from '../../src/market/topic-name.ts'
import { DIALECTS } from '../../src/protocol/dialects.ts'
import { PROBE_KINDS } from '../../src/protocol/messages.ts'
import { negotiate, probeKind } from '../../src/transport/negotiate.ts'
import { fuzz, must, one } from '../support/fuzz.ts'
import { around } from '../support/fuzz-inputs.ts'

const texts = (...list: string[]) => around(list.map((text) => Buffer.from(text)))

fuzz('topic names', {
  make: texts(
    'ticker:BTC-USD',
    'ticker:binance:BTC-USDT',
    'ticker:*',
    'a.b_c-d0:~',
    `t:${'k'.repeat(127)}`,
  ),
  check: one((bytes) => {
    const text = bytes.toString()
    const channel = channelByRules(text)
    must(channelOf(text) === channel, `the channel of ${JSON.stringify(text)} is ${channel}`)
    const selector = parseSelector(text)
    const every = text.endsWith(':*') ? channelByRules(`${text.slice(0, -1)}x`) : null
    const isEvery = every !== null && text === `${every}:*`
    must((selector === null) === (channel === null && !isEvery), 'nothing else is a selector')
    if (selector === null) return
    must(text.length <= TOPIC_CHARS_MAX && selector.text === text, 'a selector is short')
    must(selector.key === null ? isEvery : `${channel}:${selector.key}` === text, 'it has a key')
    // Names are put into JSON and URLs as they are.
    must(JSON.stringify(text) === `"${text}"`, 'JSON needs no escapes')
  }),
  past: [],
})

fuzz('handshakes', {
  make: texts(
    'tickwire.v1.json',
    'tickwire.v1.msgpack, tickwire.v1.json',
    'msgpack',
    'message',
    'ping',
  ),
  check: one((bytes) => {
    const text = bytes.toString('latin1')
    for (const chosen of [negotiate(text, 'json'), negotiate('', text)]) {
      if ('refusal' in chosen) must(chosen.refusal.length < 100, 'a refusal repeats nothing')
      else must(DIALECTS.includes(chosen.dialect), 'what is chosen is a dialect')
    }
    const offered = negotiate(text, undefined)
    if (text !== '' && 'dialect' in offered) {
      const names = text.split(',').map((name) => name.trim())
      must(names.includes(offered.subprotocol!), 'what is chosen was offered')
    }
    const kind = probeKind(text)
    if (typeof kind === 'string') must(PROBE_KINDS.includes(kind), 'there is such a kind')
    else must(kind.refusal.length < 100, 'a refusal repeats nothing')
  }),
  past: [],
})

/** docs/protocol.md, Topics. */
function channelByRules(text: string): string | null {
  const at = text.indexOf(':')
  const [channel, key] = [text.slice(0, at), text.slice(at + 1)]
  if (at < 1 || channel.length > 32 || key.length < 1 || key.length > 127) return null
  const isLower = (char: string) => char >= 'a' && char <= 'z'
  const isDigit = (char: string) => char >= '0' && char <= '9'
  if (!isLower(channel[0]!)) return null
  if (![...channel].every((char) => isLower(char) || isDigit(char) || '_.-'.includes(char)))
    return null
  return [...key].every((char) => char > ' ' && char <= '~' && !'"\\*'.includes(char))
    ? channel
    : null
}
