/**
 * Makes docs/protocol.md: the prose of scripts/protocol-docs.md, its `{{places}}` filled from the code, so that samples,
 * tables and limits cannot differ from what the server does.
 */
import { readFileSync } from 'node:fs'
import { SETTINGS } from '../src/config/settings.ts'
import { REPLY_BACKLOG_BYTES_MAX } from '../src/fanout/flush.ts'
import { RESTART_AFTER_MS } from '../src/market/numbering.ts'
import {
  FIELD_CHARS_MAX,
  FIELD_NAME_CHARS_MAX,
  FIELDS_MAX,
  PAYLOAD_BYTES_MAX,
} from '../src/market/record.ts'
import { DEFAULT_DIALECT, DIALECTS } from '../src/protocol/dialects.ts'
import { closeCodeOf, FAULT_NAMES, FAULTS } from '../src/protocol/faults.ts'
import { jsonDialect } from '../src/protocol/json.ts'
import { type Message, MODES, PROBE_KINDS } from '../src/protocol/messages.ts'
import { msgpackDialect } from '../src/protocol/msgpack.ts'
import {
  ACK_BYTES_MAX,
  ID_CHARS_MAX,
  INTERVAL_MS_MAX,
  METHODS,
  TOKEN_CHARS_MAX,
} from '../src/protocol/requests.ts'
import {
  HTTP_SAMPLES,
  MESSAGE_SAMPLES,
  RECORD_SAMPLE,
  REQUEST_SAMPLES,
} from '../src/protocol/samples.ts'
import { BAD_REQUESTS_MAX } from '../src/session/session.ts'
import { INTERVAL_MS_MIN } from '../src/session/subscriptions.ts'

const HEX_CHARS_A_LINE = 96

/** What stands for `{{name}}` or `{{name argument}}`. */
const PLACES: Readonly<Record<string, (argument: string) => string | number>> = {
  dialects,
  faults,
  msgpackHex,
  messages: (type) =>
    samples(MESSAGE_SAMPLES, ({ message }) => message.type === type && asFrame(message)),
  requests: (method) =>
    samples(REQUEST_SAMPLES, ({ request }) => request.method === method && JSON.stringify(request)),
  http: (name) => JSON.stringify(HTTP_SAMPLES[name as keyof typeof HTTP_SAMPLES]),
  payload: () => JSON.stringify(RECORD_SAMPLE.data),
  defaultDialect: () => DEFAULT_DIALECT.name,
  methods: () => codes(METHODS),
  modes: () => codes(MODES),
  probeKinds: () => codes(PROBE_KINDS),
  probeKindsOr: () => PROBE_KINDS.map((kind) => `\`${kind}\``).join(' nor '),
  maxSubscriptions: () => SETTINGS.maxSubscriptions.fallback,
  requestBytesMax: () => SETTINGS.requestBytesMax.fallback,
  requestBytesPerS: () => SETTINGS.requestBytesPerS.fallback,
  requestsPerS: () => SETTINGS.requestsPerS.fallback,
  requestsBurst: () => SETTINGS.requestsBurst.fallback,
  ACK_BYTES_MAX: () => ACK_BYTES_MAX,
  BAD_REQUESTS_MAX: () => BAD_REQUESTS_MAX,
  FIELDS_MAX: () => FIELDS_MAX,
  FIELD_CHARS_MAX: () => FIELD_CHARS_MAX,
  FIELD_NAME_CHARS_MAX: () => FIELD_NAME_CHARS_MAX,
  ID_CHARS_MAX: () => ID_CHARS_MAX,
  INTERVAL_MS_MAX: () => INTERVAL_MS_MAX,
  INTERVAL_MS_MIN: () => INTERVAL_MS_MIN,
  PAYLOAD_BYTES_MAX: () => PAYLOAD_BYTES_MAX,
  REPLY_BACKLOG_BYTES_MAX: () => REPLY_BACKLOG_BYTES_MAX,
  TOKEN_CHARS_MAX: () => TOKEN_CHARS_MAX,
  RESTART_AFTER_MS: () => RESTART_AFTER_MS,
}

/** The text of docs/protocol.md. */
export function printProtocolDocs(): string {
  return fill(readFileSync(new URL('protocol-docs.md', import.meta.url), 'utf8'))
}

/** Fills the places of a text. Throws where there is nothing to fill one with. */
export function fill(text: string): string {
  return text.replaceAll(/\{\{(\w+)(?: (\w+))?\}\}/g, (place, name: string, argument = '') => {
    const filling = String(PLACES[name]?.(argument))
    if (filling === 'undefined' || filling === '') throw new Error(`nothing to fill ${place} with`)
    return filling
  })
}

/** Each sample that `print` knows a text for, its sentence before it. */
function samples<Sample extends { readonly says: string }>(
  all: readonly Sample[],
  print: (sample: Sample) => string | false,
): string {
  return all
    .map((sample) => ({ says: sample.says, text: print(sample) }))
    .filter(({ text }) => text !== false)
    .map(({ says, text }) => `${says}\n\n\`\`\`json\n${text}\n\`\`\``)
    .join('\n\n')
}

function asFrame(message: Message): string {
  return Buffer.from(jsonDialect.encode(message)).toString()
}

function msgpackHex(): string {
  const { message } = MESSAGE_SAMPLES.find(({ message }) => message.type === 'full')!
  const hex = Buffer.from(msgpackDialect.encode(message)).toString('hex')
  return hex.replaceAll(new RegExp(`.{${HEX_CHARS_A_LINE}}(?=.)`, 'g'), '$&\n')
}

function dialects(): string {
  return DIALECTS.map(({ name, subprotocol, isBinary }) => {
    const frames = isBinary ? 'binary' : 'text'
    return `| \`${name}\` | \`${subprotocol}\` | \`?dialect=${name}\` | ${frames} |`
  }).join('\n')
}

function faults(): string {
  return FAULT_NAMES.map((name) => {
    const fault = FAULTS[name]
    const http = 'http' in fault ? fault.http : ''
    return `| \`${name}\` | ${fault.code} | ${closeCodeOf(name) ?? ''} | ${http} | ${fault.says} |`
  }).join('\n')
}

function codes(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ')
}
